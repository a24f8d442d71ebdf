"""The standard library that programs may use.

An instance has no file system, so an import can only find what is already loaded here.
"""

import array
import functools
import gc
import importlib
import sys
import types
import warnings

VERSION = ".".join(str(part) for part in sys.version_info[:3])

MODULES = """
_ast_unparse _colorize _missing_stdlib_info _opcode_metadata _pydatetime _pydecimal _pyio _strptime
_threading_local abc annotationlib argparse array ast asyncio atexit base64 binascii bisect builtins bz2 calendar cmath cmd code
codecs collections collections.abc colorsys concurrent.futures configparser contextlib contextvars
copy copyreg csv dataclasses datetime decimal difflib dis doctest email email.message
concurrent.futures.thread encodings.ascii encodings.base64_codec encodings.cp1252 encodings.cp437
encodings.hex_codec encodings.idna encodings.latin_1 encodings.punycode encodings.raw_unicode_escape
encodings.rot_13 encodings.unicode_escape encodings.utf_16 encodings.utf_16_be encodings.utf_16_le
encodings.utf_32 encodings.utf_7 encodings.utf_8_sig encodings.zlib_codec
enum errno faulthandler filecmp fileinput fnmatch fractions functools gc getopt gettext glob graphlib
hashlib heapq hmac html html.entities html.parser importlib importlib.util inspect io ipaddress
itertools json json.decoder json.encoder keyword linecache locale logging lzma marshal math mimetypes
multiprocessing numbers opcode operator os os.path pathlib pickle pickletools platform plistlib pprint
profile pstats queue quopri random re reprlib sched secrets select selectors shelve shlex shutil signal
socket stat statistics string string.templatelib stringprep struct subprocess symtable sys sysconfig tempfile textwrap 
threading time timeit token tokenize trace traceback tracemalloc types typing unicodedata unittest
unittest.mock urllib.parse uuid warnings weakref xml.dom.minidom xml.etree.ElementTree zipfile zlib
zoneinfo
""".split()

MISSING = []


def _load():
    for name in MODULES:
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

    An instance copies each page of the image that it writes to, and what it costs is mostly that. So
    frozen objects are never walked by the collector, their references are not counted, and what an instance allocates lies
    together, on pages of its own, instead of in the holes that the imports left. Warnings about a program's text are
    `check`'s to report.
    """
    import random

    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    random.seed(0)
    gc.collect()
    list_objects()
    gc.freeze()
    fill_holes()


# The count of an immortal object on the heap, as this version of CPython has it where words have 32 bits.
_IMMORTAL = 5 << 28

_MARK = [0x6D6F7274, 0x61696C69, 0x7A652121, 0x46414C43]

_listed = []


def list_objects():
    """Lists what the image is made of, `None` first, for `falcon plugin build`, which makes the objects immortal.

    An immortal object's count of references is never written, so a program may look at it and its page stays the image's.
    """
    kept, seen = [None], {id(None)}
    found = gc.get_objects()
    ours = {id(one) for one in (kept, seen, found)}
    while found:
        one = found.pop()
        if id(one) in seen or id(one) in ours:
            continue
        seen.add(id(one))
        kept.append(one)
        found.extend(gc.get_referents(one))
        if type(one) is types.CodeType:
            # The collector does not know what code refers to.
            found += (one.co_consts, one.co_names, one.co_filename, one.co_name, one.co_qualname)
            found += (one.co_linetable, one.co_exceptiontable)
    # Made from a list in one piece, so that no part of it is left elsewhere.
    listed = array.array("I", [*_MARK, _IMMORTAL, len(kept), *map(id, kept)])
    _listed.append((kept, listed))


_fillers = []


def fill_holes():
    """Takes every free place below the end of the heap, and leaves room above it.

    What is allocated afterwards lies together. What the filling itself needs is kept, or the places that it was given would be
    free again, scattered as they are.
    """
    end = id(bytes(_ROOM))
    sizes = [int(_ROOM / 1.3**step) for step in range(30)]
    sizes += range(min(sizes), 0, -16)
    makers = [functools.partial(bytes, size) for size in sizes]
    # The least place that there is, where short lists keep their items.
    makers.append(object)
    fillers = [None] * 100_000
    used = 0
    for make in makers:
        while used < len(fillers):
            filler = make()
            if id(filler) >= end:
                break
            fillers[used] = filler
            used += 1
    _fillers.append((fillers, makers, sizes))


# Memory that instances have before they must ask for more, in bytes.
_ROOM = 4 << 20


gc.collect()
fill_holes()
