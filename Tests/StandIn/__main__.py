"""The STAND-IN's way in, from the launcher: the name it was called by, then its words."""
import sys

import k3s

sys.exit(k3s.main(sys.argv[1:]))
