#!/usr/bin/env python3
"""Stands in for a Raspberry Pi's own programs: rpi-eeprom-config, rpi-eeprom-update, vcgencmd.

Which of them it is, is told by the name it is called by. The board is the folder of the program:

    calls          a line for each call
    loaded.txt     the settings that the bootloader read when the board started
    eeprom.bin     what is in the EEPROM
    latest         the path of the packaged image
    built          when the running bootloader was built
    boot           the path of the boot partition
    way            "flash": the EEPROM is written at once; "stage": files for the next start
    fault-<what>   what goes wrong: an exit status, or "kill" or "kill-middle"
"""
import os
import pathlib
import signal
import struct
import sys

BOARD = pathlib.Path(sys.argv[0]).parent
NAME = pathlib.Path(sys.argv[0]).name
WORDS = sys.argv[1:]


def board(name):
    return (BOARD / name).read_text().strip()


def fault(what):
    path = BOARD / f"fault-{what}"
    return path.read_text().strip() if path.exists() else None


def fail(what):
    """Ends as the fault says, if there is one."""
    word = fault(what)
    if word == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if word and word.isdigit():
        print(f"ERROR: made to fail ({what})", file=sys.stderr)
        sys.exit(int(word))


def sections(image):
    place = 0
    while place < len(image):
        magic, length = struct.unpack_from(">LL", image, place)
        if magic in (0, 0xFFFFFFFF):
            return
        yield place, magic, length
        place = (place + 8 + length + 7) & ~7


def with_settings(image, settings):
    """The image with another bootconf.txt, as the published description of the format has it."""
    found = list(sections(image))
    index = next(i for i, (at, magic, _) in enumerate(found)
                 if magic == 0x55AAF11F and image[at + 8:at + 20].rstrip(b"\0") == b"bootconf.txt")
    at = found[index][0]
    halves = any(image[place + 8:place + 15] == b"bootsys" for place, _, _ in found)
    end = 0x107000 if halves else len(image) - 4096
    for place, magic, _ in found[index + 1:]:
        if magic != 0x55AAFEEF:
            end = min(end, place)
            break
    result = bytearray(image)
    struct.pack_into(">L", result, at + 4, len(settings) + 16)
    result[at + 24:at + 24 + len(settings)] = settings
    place = at + 24 + len(settings)
    result[place:end] = b"\xff" * (end - place)
    place = (place + 7) & ~7
    if index + 1 < len(found) and end - place >= 8:
        struct.pack_into(">LL", result, place, 0x55AAFEEF, end - place - 8)
    return bytes(result)


def config():
    if not WORDS:
        fail("read")
        sys.stdout.buffer.write((BOARD / "loaded.txt").read_bytes())
        return
    assert WORDS[0] == "--config" and WORDS[2] == "--out", WORDS
    fail("make")
    settings = pathlib.Path(WORDS[1]).read_bytes()
    if fault("make") == "other":
        settings += b"EXTRA=1\n"
    image = with_settings(pathlib.Path(WORDS[4]).read_bytes(), settings)
    if fault("make") == "damage":
        image = image[:70000] + bytes([image[70000] ^ 1]) + image[70001:]
    pathlib.Path(WORDS[3]).write_bytes(image)


def update():
    if WORDS == ["-l"]:
        fail("latest")
        print(board("latest"))
        return
    assert WORDS[:3] == ["-d", "-i", "-f"], WORDS
    fail("update")
    image = pathlib.Path(WORDS[3]).read_bytes()
    half = fault("update") == "kill-middle"
    if board("way") == "flash":
        # A torn EEPROM starts its other half, or a rescue; here it keeps what it had.
        if half:
            os.kill(os.getpid(), signal.SIGKILL)
        (BOARD / "eeprom.bin").write_bytes(image)
        print("UPDATE SUCCESSFUL")
        return
    boot = pathlib.Path(board("boot"))
    (boot / "pieeprom.sig").write_text("0" * 64 + "\n")
    (boot / "pieeprom.upd").write_bytes(image[:len(image) // 2] if half else image)
    if half:
        os.kill(os.getpid(), signal.SIGKILL)
    (boot / "recovery.bin").write_bytes(b"recovery")
    print("EEPROM updates pending. Please reboot to apply the update.")


def vcgencmd():
    fail("vcgencmd")
    if WORDS == ["bootloader_config"]:
        sys.stdout.buffer.write((BOARD / "loaded.txt").read_bytes())
    elif WORDS == ["bootloader_version"]:
        print(f"2026/01/02 00:00:00\nversion 0123abcd (release)\ntimestamp {board('built')}")
    else:
        print("error=1 error_msg=\"Command not registered\"")


with open(BOARD / "calls", "a") as log:
    print(" ".join([NAME] + WORDS), file=log)
{"rpi-eeprom-config": config, "rpi-eeprom-update": update, "vcgencmd": vcgencmd}[NAME]()
