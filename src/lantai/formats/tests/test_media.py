"""Technical metadata of pictures, sound and film, from files made byte by byte."""

import struct
import wave

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from lantai.formats.api import read_media_facts
from lantai.formats.av import read_container


def box(name, *content):
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), name) + body


def film():
    mvhd = box(b"mvhd", b"\0" * 12, struct.pack(">II", 600, 600 * 95), b"\0" * 80)
    tkhd = box(b"tkhd", b"\0" * 76, struct.pack(">II", 1920 << 16, 1080 << 16))
    video = box(b"stsd", b"\0\0\0\0\0\0\0\1", box(b"avc1", b"\0" * 70))
    entry = b"\0" * 8 + b"\0" * 8 + struct.pack(">HHHHI", 2, 16, 0, 0, 48_000 << 16)
    sound = box(b"stsd", b"\0\0\0\0\0\0\0\1", box(b"mp4a", entry))
    tracks = [box(b"trak", tkhd, box(b"mdia", box(b"minf", box(b"stbl", each)))) for each in (video, sound)]
    return box(b"ftyp", b"isom\0\0\2\0") + box(b"moov", mvhd, *tracks) + box(b"mdat", b"\0" * 64)


@pytest.mark.requirement("DA/T 63-2017")
def test_a_film_tells_its_length_size_and_coding(tmp_path):
    (tmp_path / "会议.mp4").write_bytes(film())
    [facts] = read_media_facts([tmp_path / "会议.mp4"])
    assert (facts.duration_s, facts.width_px, facts.height_px) == (95.0, 1920, 1080)
    assert (facts.codec, facts.channels, facts.sample_rate_hz) == ("avc1、mp4a", 2, 48_000)


def test_sound_tells_its_length(tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as output:
        output.setnchannels(2)
        output.setsampwidth(2)
        output.setframerate(44_100)
        output.writeframes(b"\0" * 44_100 * 4 * 2)
    (tmp_path / "b.mp3").write_bytes(b"\xff\xfb\x90\x00" + b"\0" * 15_996)
    rate = (44_100 << 44) | (1 << 41) | (15 << 36) | 441_000
    (tmp_path / "c.flac").write_bytes(b"fLaC\0\0\0\x22" + b"\0" * 10 + rate.to_bytes(8, "big") + b"\0" * 16)
    wav, mp3, flac = read_media_facts([tmp_path / name for name in ("a.wav", "b.mp3", "c.flac")])
    assert (wav.duration_s, wav.channels, wav.bits) == (2.0, 2, 16)
    assert (mp3.duration_s, mp3.sample_rate_hz, mp3.codec) == (1.0, 44_100, "MP3")
    assert (flac.duration_s, flac.channels, flac.bits) == (10.0, 2, 16)


def test_sound_that_was_cut_off_is_told(tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as output:
        output.setparams((1, 2, 8000, 0, "NONE", ""))
        output.writeframes(b"\0" * 16_000)
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:-8000])
    [facts] = read_media_facts([tmp_path / "a.wav"])
    assert "16000" in facts.problem
    assert facts.duration_s == 0.5


def test_a_photograph_tells_who_took_it_when_and_where(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "林岚".encode("gb18030")
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:06:02 09:15:00"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps |= {1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (121.0, 30.0, 0.0)}
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jpg", exif=exif)
    [facts] = read_media_facts([tmp_path / "a.jpg"])
    assert (facts.width_px, facts.height_px) == (40, 30)
    assert facts.values["拍摄时间"] == "2026-06-02 09:15:00"
    assert facts.values["摄影者"] == "林岚"
    assert facts.values["经纬度"] == "30.25000, 121.50000"


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftyp", b"ID3", b"\xff\xfb", b"fLaC"]),
)
@settings(deadline=None)
def test_whatever_the_bytes_there_is_an_answer(tmp_path_factory, content, head):
    path = tmp_path_factory.mktemp("any", numbered=True) / "a.bin"
    path.write_bytes(head + content)
    assert isinstance(read_container(path), dict)
