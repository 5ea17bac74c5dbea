"""`python -m scotoma.cli`: the same as `scotoma`."""

import sys

from scotoma.cli.app import main

sys.exit(main())
