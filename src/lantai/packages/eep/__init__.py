"""Encapsulations of electronic records (电子文件封装包, EEP): DA/T 48-2009, original and modified."""

from ..kinds import Kind
from .reading import read, recognises
from .writing import write_eep

KIND = Kind("eep", "电子文件封装包", recognises, read, write_eep, takes_files=True)
