"""The phrases with which answers say that they are none, in the languages that agents answer in."""

from __future__ import annotations

import re
from typing import Final

NOT: Final = r"(?:n[\u2019']t|\ not)"
"""After an auxiliary, in verbose patterns."""
OPENING: Final = re.compile(
    rf"""
        \b(?:sorry|apologi[sz]e|apologies|unfortunately|regret(?:tably|fully)?)\b
      | \b(?:unable|not\ able|failed|impossible|not\ possible)\ to\b
      | \b(?:unsuccessful|not\ successful)\b
      | \bcould{NOT}\b
      | \b(?:can[\u2019']t|cannot|can\ not|(?:was|were|am|is|are|do|does|did){NOT})
        .{{0,30}}\b(?:able|access|answer|available|book|check|complete|confirm|connect|continue|create|determine
        |do|execute|exist|fetch|find|finish|found|fulfil|get|give|help|identify|know|load|locate|look|open
        |perform|possible|proceed|process|provide|reach|read|respond|retrieve|run|search|see|tell|update|verify
        |work)
      | \b(?:unavailable|not\ available|out\ of\ service|timed\ out|went\ wrong)\b
      | \bcannot\ be\b | \b(?:try\ again|check\ back)\ (?:later|shortly|soon|in\ an?\b)
      | \bdid\ not\ manage\b | \bno\ way\ (?:to|of)\b | \bto\ no\ avail\b
      | \b(?:inaccessible|unreachable|unresponsive)\b
      | \ban?\ (?:\w+\ )?(?:error|issue|problem)\ (?:occurred|prevented|while|with)\b
      | \b(?:encountered|hit|ran\ into|returned|received|got|responded\ with|reported|threw|gave)
        \ (?:an?|some|the|only)\ (?:\w+\ ){{0,2}}
        (?:errors?|exception|problems?|issues?|snag|failure|difficult\w+)\b
      | \bthere\ (?:is|was|were|has\ been|have\ been|seems\ to\ be|appears\ to\ be)\ (?:an?|some)
        \ (?:\w+\ )?(?:errors?|problems?|issues?|trouble|difficult\w+)\ (?:\w+ing|with|in|on)\b
      | \b(?:i|we)\ (?:currently\ |still\ )?(?:do|did){NOT}\ (?:currently\ |yet\ )?have\b(?!\ to\b)
      | \b(?:i|we)\ have\ no\ (?:access|data|information|means|results?)\b
      | \bdid{NOT}\ (?:succeed|complete|go\ through|respond|return|load)\b
      | \bno\ (?:\w+\ ){{0,2}}(?:data|information|results?|response)\ (?:was|were|is|are|could\ be)
        \ (?:returned|available|received|retrieved)\b
      | \b(?:api|backend|connection|database|endpoint|it|lookup|network|page|search|server|service|site|system
        |tool|website)s?\ (?:is|are|was|were|seems?\ to\ be|appears?\ to\ be)
        \ (?:currently\ |temporarily\ |still\ )?(?:down|offline|broken|failing|not\ (?:responding|working))\b
      | \b(?:leider|entschuldig\w*|bedaue?r\w*|fehlgeschlagen)\b | \btut\ mir\ (?:sehr\ )?leid\b
      | \b(?:konnte|kann|konnten|können)\b.{{0,60}}\bnicht\b
      | \bnicht\ (?:möglich|verfügbar|gefunden|erreichbar|gelungen)\b
      | \b(?:désolée?s?|malheureusement|indisponible|échoué)\b | \bimpossible\ d[e\u2019']
      | \bje\ (?:ne|n[\u2019'])\s?(?:peux|suis|parviens|ai)\ pas\b
      | \b(?:lo\ siento|lamentablemente|desafortunadamente|por\ desgracia|disculp\w+)\b
      | \bno\ (?:tengo|tenemos|dispongo|hemos\ podido|pudimos|fui\ capaz|está\ accesible)\b
      | \bno\ (?:he\ |se\ |ha\ )?(?:puedo|pude|podido|pudo|logré|logrado|encontré|encontrado|está\ disponible
        |fue\ posible|es\ posible|sido\ posible)\b
      | \b(?:desculp\w+|infelizmente)\b | \bnão\ (?:consegui|posso|pude|foi\ possível|encontrei)\b
      | \b(?:mi\ dispiace|purtroppo)\b | \bnon\ (?:ho|abbiamo|dispongo|siamo\ riusciti|sono\ disponibili
        |è\ (?:disponibile|raggiungibile)|posso|riesco|sono\ riuscit[oa]|è\ (?:stato\ )?possibile)\b
      | \b(?:helaas|het\ spijt\ (?:me|ons)|niet\ (?:gelukt|beschikbaar|gevonden|mogelijk|bereikbaar))\b
      | \b(?:kon|konden|kan|kunnen)\b.{{0,60}}\bniet\b
      | \b(?:niestety|przepraszam\w*
        |nie\ (?:udało|mogę|mogłem|mogłam|znalazł\w+|mam\ dostępu|jestem\ w\ stanie))\b
      | \b(?:tyvärr|beklagar|kunde\ (?:jag\ |vi\ )?inte|kan\ (?:jag\ |vi\ )?inte|gick\ inte|lyckades\ inte)\b
      | \b(?:desværre|dessverre|beklager|kunne\ (?:jeg\ |vi\ )?ikke|lykkedes\ ikke|lyktes\ ikke)\b
      | \b(?:valitettavasti|pahoittelen|en\ (?:pystynyt|voinut|löytänyt|onnistunut))\b
      | \b(?:bohužel|omlouvám|nepodařilo|nemohu|sajnos|nem\ sikerült|din\ păcate|nu\ am\ putut)\b
      | \b(?:üzgünüm|maalesef|ne\ yaz\u0131k\ ki|başar\u0131s\u0131z
        |(?:ula|bul|al|yap|getir|eriş)\w*(?:am|em)(?:ad\u0131m|ad\u0131k|edim|edik))\b
      | \b(?:xin\ lỗi|rất\ tiếc|không\ thể|maaf|sayangnya|tidak\ (?:dapat|bisa|berhasil))\b
      | عذر | آسف | للأسف | لم\ (?:أتمكن|نتمكن|أستطع|أجد|يتم) | لا\ (?:يمكن|أستطيع|يمكنني) | تعذر | غير\ متاح
      | מצטער | לצערי | לא\ הצלחתי | δυστυχώς | λυπάμαι | δεν\ μπόρεσα | ขออภัย | ไม่สามารถ
      | माफ़ | माफ | क्षमा\ कर | खेद\ है | नहीं\ (?:\w+\ )?(?:सका|सके|सकी|पाया|पाई|पाए|मिल)
      | на\ жаль | вибачте | не\ вдалося
      | к\ сожалению | извините | не\ удалось | не\ могу
      | 抱歉 | 对不起 | 對不起 | 很遗憾 | 遺憾 | 无法 | 無法 | 未能 | 没能 | 没有找到 | 找不到
      | 失败 | 失敗 | 不可用
      | 申し訳 | すみません | ごめん | 残念 | できません | できなかった
      | 見つかりません | 見つからな | わかりません
      | 죄송 | 유감 | (?:할|찾을|알)\ 수\ 없 | 못했 | 실패
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Words with which an answer says that it is none."""

WHOLE: Final = re.compile(
    r"\W*?(?:n\s?/\s?a|unknown|none|null|nil|no (?:answer|data|result|response)|not available|error|failed"
    r"|[-?\u2013\u2014]+)\W*",
    re.IGNORECASE,
)
"""An answer that is nothing but a sign for none."""

# At the end of a long answer only what the writer says of itself: "if you cannot log in, call us" is advice.
ENDING: Final = re.compile(
    rf"""
        \b(?:i|we)\ (?:was|were|am|are)\ (?:unable|not\ able)\ to\b
      | \b(?:i|we)\ (?:could|can|did)(?:{NOT}|not)\ (?:access|complete|determine|fetch|find|get|load|look
        |obtain|open|reach|read|retrieve|verify)\b
      | \b(?:i|we)\ failed\ to\b
      | \b(?:could|can){NOT}\ be\ (?:accessed|completed|fetched|found|loaded|obtained|read|reached
        |retrieved)\b
      | \bcannot\ be\ (?:accessed|fetched|loaded|obtained|reached|retrieved)\b
      | \b(?:konnte|konnten)\ (?:ich|wir)\b.{{0,60}}\bnicht\b | \b(?:ich|wir)\ konnten?\b.{{0,60}}\bnicht\b
      | \bno\ (?:pude|he\ podido|pudimos)\b | \bje\ n[\u2019']ai\ pas\ pu\b | \bnon\ ho\ potuto\b
      | \bnão\ (?:consegui|pude)\b | не\ удалось
    """,
    re.IGNORECASE | re.VERBOSE,
)

QUOTED: Final = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]{1,300}`|\"[^\"\n]{1,300}\"|[\u201c\u201e\u00ab\u300c][^\n]{1,300}?[\u201d\u201c\u00bb\u300d]",
    re.DOTALL,
)
"""What others said: a translation, an error that is explained, a program."""
CONDITION: Final = re.compile(r"\b(?:if|whenever|in\ case|unless)\b[^.,;:!?\n]*", re.IGNORECASE)
"""What may happen to somebody, and did not."""
