#!/usr/bin/python3
"""Videos whose headers lie: make_bogus.py SOUND.avi SOUND.mp4 FOLDER

Writes copies with a rate of 0, of 2^31 and of 1/2^31, with huge and with no dimensions, with a
negative duration, with 65,000 streams, with an atom within itself, and lists that lead elsewhere.
"""
import pathlib
import struct
import sys


def patched(data, *patches):
    data = bytearray(data)
    for at, value in patches:
        data[at:at + 4] = struct.pack("<I", value)
    return bytes(data)


def avi_lies(data):
    main = data.find(b"avih") + 8
    stream = data.find(b"strh") + 8
    form = data.find(b"strf") + 8
    scale, rate = stream + 20, stream + 24
    yield "rate-none.avi", patched(data, (main, 0), (scale, 0), (rate, 0))
    yield "rate-fast.avi", patched(data, (main, 0), (scale, 1), (rate, 1 << 31))
    yield "rate-slow.avi", patched(data, (main, 0xffffffff), (scale, 0x7fffffff), (rate, 1))
    for name, side in (("wide", 1 << 30), ("negative", 0xffffffff), ("flat", 0), ("large", 60000)):
        yield f"size-{name}.avi", patched(data, (form + 4, side), (form + 8, side),
                                          (main + 32, side), (main + 36, side))
    yield "frames-many.avi", patched(data, (main + 16, 0xffffffff), (stream + 32, 0xffffffff))
    yield "streams-said.avi", patched(data, (main + 24, 1000000))
    # As many streams as there is room to name.
    first = data.find(b"LIST", 12 + 12)
    bytes_of_stream = struct.unpack_from("<I", data, first + 4)[0] + 8
    streams = data[first:first + bytes_of_stream] * 65000
    head = data[24:first]
    body = b"hdrl" + head + streams
    yield "streams.avi", data[:12] + b"LIST" + struct.pack("<I", len(body)) + body + data[first + bytes_of_stream:]


def mp4_lies(data):
    moov = data.find(b"mvhd") + 4
    # Version 0: times, scale and duration of four bytes each.
    yield "duration.mp4", data[:moov + 16] + b"\xff\xff\xff\xff" + data[moov + 20:]
    yield "scale.mp4", data[:moov + 12] + bytes(4) + data[moov + 16:]
    media = data.find(b"mdhd") + 4
    yield "mediascale.mp4", data[:media + 12] + bytes(4) + data[media + 16:]
    samples = data.find(b"stsz") + 4
    yield "samples.mp4", data[:samples + 8] + b"\x7f\xff\xff\xff" + data[samples + 12:]
    yield "sample.mp4", data[:samples + 4] + b"\x7f\xff\xff\xff" + data[samples + 8:]
    atoms = b"".join(struct.pack(">I", 8 * (4000 - i)) + b"moov" for i in range(4000))
    yield "nested.mp4", data[:data.find(b"mdat") - 4] + atoms


def lists(folder, target):
    yield "list.ffconcat", f"ffconcat version 1.0\nfile '{target}'\n"
    yield "list.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{target}\n#EXT-X-ENDLIST\n"
    yield "remote.m3u8", ("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n"
                          "#EXT-X-ENDLIST\n")
    yield "list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
    yield "list.mpd", ('<?xml version="1.0"?><MPD type="static"><Period><AdaptationSet><Representation '
                       f'id="1"><BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>')
    yield "list.avi", f"ffconcat version 1.0\nfile '{target}'\n"


def main():
    avi, mp4, folder = sys.argv[1:]
    folder = pathlib.Path(folder)
    folder.mkdir()
    for name, data in avi_lies(pathlib.Path(avi).read_bytes()):
        (folder / name).write_bytes(data)
    for name, data in mp4_lies(pathlib.Path(mp4).read_bytes()):
        (folder / name).write_bytes(data)
    for name, text in lists(folder, pathlib.Path(avi).resolve()):
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
