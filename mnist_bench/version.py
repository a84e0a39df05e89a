"""The program's version, written once; the package metadata reads it from here."""

VERSION = "0.1.0"
