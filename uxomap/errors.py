"""
Errors that uxomap raises on purpose.

::

    UxomapError
    ├── InputError       a file, table or value the user gave cannot be used   (ValueError)
    ├── SchemaError      a layer misses columns or holds values it must not    (ValueError)
    ├── CRSError         a CRS is missing, unsuitable or differs               (ValueError)
    ├── CatalogueError   the munition catalogue has no such entry, or is faulty (ValueError)
    └── OutputError      a result cannot be written                            (OSError)

Every message says what is wrong with the value, the rule, and the next step.
"""


class UxomapError(Exception):
    """Base of every error that uxomap raises on purpose."""


class InputError(UxomapError, ValueError):
    """A file, a table or a value given by the user cannot be used."""


class SchemaError(UxomapError, ValueError):
    """A layer misses columns, or holds geometry or values that its schema excludes."""


class CRSError(UxomapError, ValueError):
    """A CRS is missing, is not the one that is needed, or differs from its partner."""


class CatalogueError(UxomapError, ValueError):
    """The munition catalogue has no such entry, or an entry breaks its rules."""


class OutputError(UxomapError, OSError):
    """A result cannot be written where the user asked for it."""
