"""Write resources/demo/files again: the invented case that the demo takes into its archive.

Run at development time only; what it writes is committed and users never need it:

    python3 packaging/make_demo.py

Needs, beyond Pillow: pillow-heif (the HEIC photo), reportlab (PDF with text), fontpkg-caveat (the
handwriting font), the fonts Liberation and DejaVu, and the programs espeak-ng and sox (the voices).
The testimonies and demo.json are written by hand; this script checks that demo.json lists every
file. All pictures have fixed seeds. HEIC, Ogg and the voices may differ in bytes between versions
of their encoders; everything else comes out the same.
"""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import time
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pillow_heif
from make_demo_drawings import cell, chat
from make_demo_papers import read_paper, write_docx, write_odt
from make_demo_pdf import write_pdf
from make_demo_photos import Shot, door, exif, on_table
from make_demo_scans import Sheet, blank, handwrite, scanned, seeded, sign, squared, stamp, write
from make_demo_scenes import courtyard, mill, minibus
from PIL import Image

HERE = Path(__file__).parent
TEXTS = HERE / "demo_texts"
DEMO = HERE.parent / "resources" / "demo"
FILES = DEMO / "files"
MOST_BYTES = 4_000_000
A4, HALF = (1240, 1754), (1240, 1010)  # pixels at 150 dpi; half: the lower part cut off
ZUBR = ("Zubr", "Z5 Lite")
FOREST = (53.8712, 26.3305)

TEXT_FILES = (
    ("lawyer-note-ru.txt", "адвокат/записка 14 августа.txt", "cp1251", "\r\n"),
    ("complaint-ru.txt", "адвокат/Заявление в прокуратуру.txt", "koi8-r", "\n"),
    ("mother-letter-be.txt", "Сойка/Ліст мамы.txt", "utf-16", "\r\n"),
    ("parcel-list-be.txt", "Сойка/перадача.txt", "utf-8", "\n"),
    ("chat-ru.txt", "тэлефон/чат подъезда.txt", "utf-8", "\n"),
    ("chronicle-be.txt", "каманда/Хроніка.txt", "utf-8", "\n"),
    ("email-draft-en.txt", "каманда/draft to the network.txt", "utf-8", "\n"),
    ("phone-note-pl.txt", "Polska/notatka 14.02.2022.txt", "utf-8-sig", "\r\n"),
    ("news-be.html", "прэса/Азярынскі кур'ер - зноў затрымліваюць.html", "utf-8", "\n"),
    ("news-ru.html", "прэса/tribuna_28_10_2020.html", "cp1251", "\r\n"),
    ("news-pl.html", "прэса/Kurier Nadrzeczny 4.12.2021.html", "utf-8", "\n"),
)
PAPERS = (
    ("appeal-ru.txt", "адвокат/Жалоба на постановление.docx"),
    ("ruling-ru.txt", "адвокат/Постановление 5-417.pdf"),
    ("detained-list-be.txt", "каманда/Спіс затрыманых.docx"),
    ("partner-brief-en.txt", "каманда/Summary for partners.docx"),
    ("detention-note-ru.txt", "каманда/Справка о задержаниях.docx"),
    ("cell-be.txt", "каманда/Апісанне камеры 4.odt"),
    ("call-ru.txt", "каманда/Расшифровка звонка 13.08.odt"),
    ("refugee-letter-pl.txt", "Polska/Uzupełnienie wniosku.pdf"),
    ("opinion-pl.txt", "Polska/Opinia psychologiczna.odt"),
)
BROKEN = "каманда/Справка о задержаниях.docx"
VOICES = (
    ("тэлефон/voice_20200813_1851.ogg", "be", 150, "Алена, твой муж жывы. Ён у чацвёртай камеры. "
     "Перадай лекі ад ціску і шкарпэткі. Больш не магу гаварыць."),
    ("каманда/заметка диктофон.wav", "ru", 155, "Двадцать седьмое сентября. Свидетель подтвердил: "
     "синий микроавтобус без номеров."),
)  # fmt: skip


def main() -> int:
    """Write all files and check the list; return the exit code."""
    pillow_heif.register_heif_opener()
    shutil.rmtree(FILES, ignore_errors=True)
    hand = handwriting()
    write_texts()
    write_papers()
    write_scans(hand)
    write_photos(hand)
    write_voices()
    write_mails()
    return check_list()


def target(name: str) -> Path:
    """Return the path of a demo file; its folder exists."""
    path = FILES / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def handwriting() -> Path:
    """Return the path of the font Caveat as fontpkg-caveat installs it."""
    package = importlib.import_module("fontpkg_caveat").__file__
    assert package is not None
    return next((Path(package).parent / "files").glob("*.ttf"))


def source(name: str) -> str:
    """Return one source text."""
    return (TEXTS / name).read_text("utf-8")


def write_texts() -> None:
    """Write plain texts and saved pages in several encodings, and a file of no known kind."""
    for name, path, encoding, newline in TEXT_FILES:
        text = source(name).replace("\n", newline)
        if encoding == "utf-16":
            target(path).write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
        else:
            target(path).write_bytes(text.encode(encoding))
    book = b"NBK\x01\x00\x00\x00\x18phonebook\x00" + seeded("phone book").randbytes(24_000)
    target("тэлефон/kontakty.nbk").write_bytes(book)


def write_papers() -> None:
    """Write DOCX, ODT and PDF; one DOCX is then cut in half, as a broken download is."""
    writers = {".docx": write_docx, ".odt": write_odt, ".pdf": write_pdf}
    for name, path in PAPERS:
        writers[Path(path).suffix](read_paper(TEXTS / name), target(path))
    broken = target(BROKEN)
    data = broken.read_bytes()
    broken.write_bytes(data[: len(data) // 2])


def sheets(name: str, hand: Path, size: tuple[int, int] = A4) -> list[Sheet]:
    """Write the pages of a scanned paper."""
    found = []
    for number, text in enumerate(source(name).split("===")):
        sheet = Sheet(blank(size, f"{name} {number}"), seeded(f"ink {name} {number}"), hand)
        write(sheet, text)
        found.append(sheet)
    return found


def write_scans(hand: Path) -> None:
    """Write the papers that are only pictures: two PDFs, a TIFF of three pages, a PNG."""
    first, second = sheets("scan-prosecutor-ru.txt", hand)
    sign(second, (600, 585))
    stamp(second, (420, 740), "ПРОКУРАТУРА ОЗЕРИНСКОГО РАЙОНА * ", ("для", "документов"))
    pages = [scanned(first, -0.6, punched=True), scanned(second, 0.9, punched=True)]
    picture_pdf("адвокат/Ответ прокуратуры.pdf", pages, "2020-11-27")

    (slip,) = sheets("scan-medical-ru.txt", hand, HALF)
    stamp(slip, (940, 770), "ОЗЕРИНСКАЯ ЦРБ * ПРИЁМНОЕ ОТДЕЛЕНИЕ * ", ("для", "справок"))
    picture_pdf("Сойка/даведка з бальніцы.pdf", [scanned(slip, -1.1)], "2020-09-02")

    records = [
        scanned(sheet, angle)
        for sheet, angle in zip(sheets("scan-search-ru.txt", hand), (0.7, -0.4, 0.5), strict=True)
    ]
    bits = [page.convert("L").point(lambda v: 255 if v > 150 else 0, "1") for page in records]
    bits[0].save(
        target("Сойка/Скан_0003.tif"), save_all=True, append_images=bits[1:],
        compression="group4", dpi=(150, 150),
    )  # fmt: skip

    (order,) = sheets("scan-dismissal-ru.txt", hand, (1240, 1320))
    stamp(order, (760, 880), "ОАО ОЗЕРИНСКИЙ ЛЬНОКОМБИНАТ * ", ("отдел", "кадров"))
    grey = scanned(order, 1.3).convert("L").resize((930, 990), Image.Resampling.LANCZOS)
    grey.quantize(16, dither=Image.Dither.NONE).save(
        target("Сойка/приказ увольнение.png"), optimize=True
    )


def picture_pdf(path: str, pages: list[Image.Image], day: str) -> None:
    """Write pages as a PDF without any text, as a scanner does."""
    when = time.strptime(f"{day} 11:20", "%Y-%m-%d %H:%M")
    pages[0].save(
        target(path), "PDF", save_all=True, append_images=pages[1:], resolution=150,
        quality=58, producer="ScanLite 2", creationDate=when, modDate=when,
    )  # fmt: skip


def write_photos(hand: Path) -> None:
    """Write the telephone photos with their camera data, the drawing and the screenshot."""
    yard = "тэлефон/IMG_20200811_205608.jpg"
    photo(courtyard(), yard, Shot("2020:08:11 20:56:08", *ZUBR, *FOREST, orientation=6))
    shutil.copyfile(FILES / yard, target("тэлефон/photo_2020-08-12_09-14-33.jpg"))
    later = Shot("2020:08:11 20:56:41", *ZUBR, *FOREST, orientation=6)
    photo(minibus(), "тэлефон/IMG_20200811_205641.jpg", later)
    search = Shot("2021:03:17 09:31:22", "Zubr", "A2", orientation=6)
    photo(door(), "Сойка/IMG_20210317_093122.jpg", search)

    (summons,) = sheets("scan-summons-ru.txt", hand, HALF)
    place: list[tuple[float, float]] = [(170, 380), (1050, 330), (1110, 1120), (110, 1150)]
    table = on_table(summons.image, "summons", (150, 104, 66), place)
    photo(table, "Сойка/IMG_20210318_184205.jpg", Shot("2021:03:18 18:42:05", "Zubr", "A2"))

    letter = Sheet(squared((900, 1080), "letter"), seeded("letter ink"), hand, margin=70, y=110)
    handwrite(letter, source("hand-letter-be.txt"))
    place = [(160, 240), (1060, 270), (1030, 1390), (120, 1350)]
    cloth = on_table(letter.image, "cloth", (92, 98, 112), place)
    photo(cloth, "Сойка/ліст з камеры.jpg", Shot("2020:08:19 21:10:47", "Zubr", "A2"))

    notebook = Sheet(
        squared((900, 1080), "notebook"), seeded("notebook ink"), hand, margin=90, y=120
    )
    handwrite(notebook, source("hand-notebook-be.txt"), 52, 76)
    place = [(90, 190), (1120, 150), (1150, 1430), (60, 1400)]
    page = on_table(notebook.image, "school desk", (168, 150, 120), place)
    photo(page, "назіранне/сшытак.jpg", Shot("2020:08:09 23:02:10", "Zubr", "M1", *FOREST))

    gate = Shot("2020:10:26 09:24:36", "Pebble", "P9", 53.8654, 26.3391)
    yard_by_day = mill()
    data = exif(gate, yard_by_day.size).tobytes()
    yard_by_day.save(target("Heron/IMG_4417.HEIC"), quality=48, exif=data)
    cell(hand).quantize(24, dither=Image.Dither.NONE).save(
        target("каманда/камера 4 (малюнак).png"), optimize=True
    )
    chat(source("chat-screen-be.txt")).save(
        target("тэлефон/Screenshot_20200813-191501.webp"), quality=70, method=6
    )


def photo(upright: Image.Image, path: str, shot: Shot) -> None:
    """Save a photo as the sensor gives it: on its side when the telephone was held upright."""
    turned = shot.orientation == 6
    stored = upright.transpose(Image.Transpose.ROTATE_90) if turned else upright
    stored.save(target(path), quality=66, exif=exif(shot, stored.size))


def write_voices() -> None:
    """Let espeak-ng speak; sox narrows the sound to that of a telephone."""
    for path, voice, speed, words in VOICES:
        spoken = subprocess.run(
            ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", words],
            check=True, capture_output=True,
        ).stdout  # fmt: skip
        rate = "16000" if path.endswith("ogg") else "8000"
        subprocess.run(
            ["sox", "-R", "-t", "wav", "-", "-r", rate, str(target(path)), "highpass", "280",
             "lowpass", "3400", "gain", "-n", "-4", "reverb", "18"],
            input=spoken, check=True, capture_output=True,
        )  # fmt: skip


def write_mails() -> None:
    """Write three mails: with a PDF and a photo, with plain and HTML text, with a HEIC."""
    lawyer = mail(
        "Копия постановления и снимок двора", Address("М., адвокат", "m", "konsultacyja.example"),
        Address("Алёна Ж.", "alena", "poczta.example"), "Wed, 26 Aug 2020 18:07:31 +0300",
        source("mail-lawyer-ru.txt"),
    )  # fmt: skip
    attach(lawyer, "адвокат/Постановление 5-417.pdf", "application/pdf")
    attach(lawyer, "тэлефон/IMG_20200811_205608.jpg", "image/jpeg")
    save_mail(lawyer, "адвокат/письмо от М.eml")

    report = mail(
        "Справаздача за верасень: два сведчанні, скан даведкі",
        Address("Верас", "vieras", "pamiac.example"),
        Address("Каманда", "kamanda", "pamiac.example"), "Wed, 30 Sep 2020 22:14:05 +0300",
        source("mail-vieras-be.txt"),
    )  # fmt: skip
    paragraphs = "".join(f"<p>{part}</p>\n" for part in source("mail-vieras-be.txt").split("\n\n"))
    report.add_alternative(f'<html lang="be"><body>\n{paragraphs}</body></html>\n', subtype="html")
    save_mail(report, "каманда/справаздача верасень.eml")

    heron = mail(
        "Photograph of 26 October", Address("H.", "heron", "mail.example"),
        Address("Vieras", "vieras", "pamiac.example"), "Mon, 18 Jan 2021 19:40:12 +0000",
        source("mail-heron-en.txt"),
    )  # fmt: skip
    attach(heron, "Heron/IMG_4417.HEIC", "image/heic")
    save_mail(heron, "Heron/Photograph of 26 October.eml")


def mail(subject: str, sender: Address, to: Address, date: str, text: str) -> EmailMessage:
    """Return a mail with plain text; names that are not ASCII are encoded when it is saved."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = date
    message["Message-ID"] = f"<{seeded(subject).getrandbits(64):x}@{sender.domain}>"
    message.set_content(text, charset="utf-8", cte="base64")
    return message


def attach(message: EmailMessage, path: str, media_type: str) -> None:
    """Attach a file of the demo under its own name."""
    main_type, sub_type = media_type.split("/")
    data = (FILES / path).read_bytes()
    name = Path(path).name
    message.add_attachment(data, maintype=main_type, subtype=sub_type, filename=name)


def save_mail(message: EmailMessage, path: str) -> None:
    """Save with a boundary that does not change from run to run."""
    message.set_boundary(f"=_{seeded(path).getrandbits(80):x}")
    target(path).write_bytes(message.as_bytes())


def check_list() -> int:
    """Compare demo.json with what is there; say what is wrong."""
    listed = json.loads((DEMO / "demo.json").read_text("utf-8"))
    named = {entry["path"] for entry in listed["files"] + listed["testimonies"]}
    there = {
        path.relative_to(DEMO).as_posix()
        for folder in (FILES, DEMO / "testimonies")
        for path in folder.rglob("*")
        if path.is_file()
    }
    size_bytes = sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file())
    wrong = [f"not listed: {path}" for path in sorted(there - named)]
    wrong += [f"not there: {path}" for path in sorted(named - there)]
    if size_bytes > MOST_BYTES:
        wrong.append("the demo is larger than 4 MB")
    print(f"{len(there)} files, {size_bytes / 1e6:.2f} MB", *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
