"""`python -m halo_dash` is `halo`."""

from halo_dash.cli import main

if __name__ == "__main__":
    main()
