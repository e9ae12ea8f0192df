"""Run the console command as `python -m allegiance_server`."""

import sys

from allegiance_server.cli import main

sys.exit(main())
