"""The X server: a window's pixels, the question a window manager asks to close it, key repeat.

Pixels come from xwd; its file is a header of big-endian words, a colour map of 12 bytes an entry,
then the rows. Source: X11/XWDFile.h.
"""
import ctypes
import ctypes.util
import struct
import subprocess

import numpy as np


def grab(window):
    """The window as rows of 0xRRGGBB; None while it has none (not there, not on the screen)."""
    dump = subprocess.run(["xwd", "-silent", "-id", str(window)], capture_output=True).stdout
    if len(dump) < 100:
        return None
    words = struct.unpack(">25I", dump[:100])
    header, width, height, pitch, colors = words[0], words[4], words[5], words[12], words[19]
    if words[11] != 32 or words[7] != 0:
        raise ValueError("the display must have 32 bits a pixel, little-endian")
    rows = np.frombuffer(dump, np.uint8, height * pitch, header + 12 * colors)
    return rows.reshape(height, pitch).view("<u4")[:, :width] & 0xFFFFFF


class ClientMessage(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest_of_the_union", ctypes.c_long * 12),
    ]


def connect():
    x11 = ctypes.CDLL(ctypes.util.find_library("X11"))
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    x11.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    x11.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long,
                               ctypes.POINTER(ClientMessage)]
    for name in ("XCloseDisplay", "XAutoRepeatOn", "XAutoRepeatOff"):
        getattr(x11, name).argtypes = [ctypes.c_void_p]
    return x11, x11.XOpenDisplay(None)


def ask_to_close(window):
    """What a press of the close button does: WM_DELETE_WINDOW of ICCCM 4.2.8.1."""
    x11, display = connect()
    event = ClientMessage(type=33, window=window, format=32,
                          message_type=x11.XInternAtom(display, b"WM_PROTOCOLS", 0))
    event.data[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    x11.XSendEvent(display, window, 0, 0, ctypes.byref(event))
    x11.XCloseDisplay(display)


def set_key_repeat(on):
    x11, display = connect()
    (x11.XAutoRepeatOn if on else x11.XAutoRepeatOff)(display)
    x11.XCloseDisplay(display)
