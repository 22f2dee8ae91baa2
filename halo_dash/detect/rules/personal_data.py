"""Personal data stands in what was said.

Claims: a message, a tool's arguments or a result holds an e-mail address, a card number (its check digit
is right), an IBAN (the same), a social security number or an international phone number.

Abstains: addresses of example domains, numbers whose check digit is wrong, and what has the form of a social
security number where no word beside it says that it is one.

Known false alarms: an agent whose work is with such data. So it is for information only.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.rule import rule
from halo_dash.detect.sighted import in_the_open
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject


@rule("personal-data", title="Personal data stands in what was said", version=2)
def personal_data(subject: Subject) -> Iterator[Finding]:
    """One finding for each kind of data."""
    yield from in_the_open(
        subject,
        "personal",
        rule="personal-data",
        severity="info",
        explanation="It was sent to the provider of the model, and stands in this trace.",
    )
