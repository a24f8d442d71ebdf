"""The standard library that programs may use.

An instance has no file system, so an import can only find what is already loaded here.
"""

import gc
import importlib
import sys
import warnings

VERSION = ".".join(str(part) for part in sys.version_info[:3])

MODULES = """
abc argparse array ast asyncio atexit base64 binascii bisect builtins bz2 calendar cmath cmd code
codecs collections collections.abc colorsys concurrent.futures configparser contextlib contextvars
copy copyreg csv curses.ascii dataclasses datetime decimal difflib dis doctest email email.message
encodings.ascii encodings.idna encodings.latin_1 encodings.punycode encodings.utf_16 encodings.utf_32
enum errno faulthandler filecmp fileinput fnmatch fractions functools gc getopt gettext glob graphlib
hashlib heapq hmac html html.entities html.parser imp importlib importlib.util inspect io ipaddress
itertools json json.decoder json.encoder keyword linecache locale logging lzma marshal math mimetypes
multiprocessing numbers opcode operator os os.path pathlib pickle pickletools platform plistlib pprint
profile pstats queue quopri random re reprlib sched secrets select selectors shelve shlex shutil signal
socket stat statistics string stringprep struct subprocess symtable sys sysconfig tempfile textwrap
this threading time timeit token tokenize trace traceback tracemalloc types typing unicodedata unittest
unittest.mock urllib.parse uuid warnings weakref xml.dom.minidom xml.etree.ElementTree zipfile zlib
zoneinfo
""".split()

MISSING = []


def _load():
    for name in MODULES:
        if name == "this":
            continue
        try:
            importlib.import_module(name)
        except Exception:
            MISSING.append(name)


_load()


def details():
    """What `describe` adds: the modules this build of CPython does not have."""
    return [("modules-missing", " ".join(MISSING))]


def settle():
    """Makes the image that instances start from cheap to run on.

    Frozen objects are never walked by the collector, so a collection in an instance does not
    copy the pages of the image. Warnings about a program's text are `check`'s to report.
    """
    import random

    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    random.seed(0)
    gc.collect()
    gc.freeze()
