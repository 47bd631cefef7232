"""Offline volumes (离线卷): sealed images of whole objects that can be read without this software.

``layout`` says where what lies in an image, ``image`` writes one, ``checking`` finds damage,
``mending`` undoes it, ``reading`` reads objects out of it. The form is documented for strangers in
``docs/explanation/offline-volumes.md``.
"""
