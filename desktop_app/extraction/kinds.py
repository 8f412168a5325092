"""Media types by our names for them, and what the extensions of file names claim."""

UNKNOWN = "application/octet-stream"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = _OOXML + "wordprocessingml.document"
XLSX = _OOXML + "spreadsheetml.sheet"
PPTX = _OOXML + "presentationml.presentation"
_ODF = "application/vnd.oasis.opendocument."
ODT = _ODF + "text"
ODS = _ODF + "spreadsheet"
ODP = _ODF + "presentation"
EPUB = "application/epub+zip"
EML = "message/rfc822"
MBOX = "application/mbox"

TEXTS = frozenset(
    {
        "text/plain",
        "text/csv",
        "text/markdown",
        "text/html",
        "text/calendar",
        "text/vcard",
        "application/xml",
        "application/json",
        "image/svg+xml",
        EML,
        MBOX,
    }
)


def can_be_read(media_type: str) -> bool:
    """Return whether a worker has a reader for it, or must look inside to say."""
    return media_type in _READ


def kind_of(media_type: str) -> str:
    """Return the kind of record that a file of this type makes."""
    if media_type.startswith(("audio/", "video/")):
        return "recording"
    return "photo" if media_type.startswith("image/") else "document"


def misnamed(media_type: str, name: str) -> bool:
    """Return whether the extension of `name` claims something other than `media_type`."""
    expected = _EXTENSIONS.get(extension(name))
    if expected is None or media_type in expected:
        return False
    return media_type != UNKNOWN or not expected & TEXTS


def extension(name: str) -> str:
    """Return what follows the last full stop, in small letters; empty if there is none."""
    _stem, dot, last = name.rpartition(".")
    return last.lower() if dot and len(last) <= 8 else ""


_READ = frozenset(
    {
        *(TEXTS - {"image/svg+xml"}),
        *("application/pdf", ZIP, DOCX, XLSX, PPTX, ODT, ODS, ODP, EPUB),
        *("image/jpeg", "image/png", "image/gif", "image/webp", "image/tiff", "image/bmp"),
        *("image/heic", "image/heif", "image/avif", "image/jp2", "application/x-ole-encrypted"),
    }
)


def _table(rows: str) -> dict[str, tuple[str, ...]]:
    """Read lines "extensions = media types" into a table."""
    table: dict[str, tuple[str, ...]] = {}
    for row in rows.strip().splitlines():
        names, _equals, types = row.partition("=")
        for one in names.split():
            table[one] = tuple(_SHORT.get(short, short) for short in types.split())
    return table


_SHORT = {
    "DOCX": DOCX,
    "XLSX": XLSX,
    "PPTX": PPTX,
    "ODT": ODT,
    "ODS": ODS,
    "ODP": ODP,
    "EPUB": EPUB,
    "ZIP": ZIP,
    "OLE": OLE,
    "LOCKED": "application/x-ole-encrypted",
    "EML": EML,
    "MBOX": MBOX,
}
_TABLE = _table(
    """
txt text log me nfo srt vtt ini conf = text/plain text/csv text/markdown application/json
csv tsv tab = text/csv text/plain
md markdown = text/markdown text/plain
htm html xhtml shtml = text/html application/xml
xml = application/xml text/html image/svg+xml text/plain
json = application/json text/plain
svg = image/svg+xml application/xml
eml = EML text/plain
mbox mbx = MBOX EML text/plain
ics = text/calendar text/plain
vcf = text/vcard text/plain
pdf = application/pdf
docx docm dotx dotm = DOCX LOCKED
xlsx xlsm xltx xltm xlsb = XLSX LOCKED
pptx pptm potx ppsx ppsm = PPTX LOCKED
odt ott = ODT
ods ots = ODS
odp otp = ODP
epub = EPUB
rtf = application/rtf
doc dot = application/msword OLE application/rtf
xls xlt = application/vnd.ms-excel OLE LOCKED
ppt pps = application/vnd.ms-powerpoint OLE LOCKED
msg = application/vnd.ms-outlook OLE
zip = ZIP
jpg jpeg jpe jfif = image/jpeg
png apng = image/png
gif = image/gif
webp = image/webp
tif tiff = image/tiff
bmp dib = image/bmp
heic heif hif = image/heic image/heif
avif = image/avif
jp2 j2k jpx = image/jp2
psd = image/vnd.adobe.photoshop
ico = image/x-icon
eps ps = image/x-eps
mp3 = audio/mpeg
ogg oga opus ogv spx = audio/ogg video/ogg
flac = audio/flac audio/ogg
wav = audio/wav
aif aiff aifc = audio/aiff
amr = audio/amr
m4a m4b aac = audio/mp4 audio/aac video/mp4
mp4 m4v = video/mp4 audio/mp4 video/quicktime video/3gpp
3gp 3g2 = video/3gpp video/mp4
mov qt = video/quicktime video/mp4
mkv mka = video/x-matroska video/webm
webm = video/webm video/x-matroska
avi = video/x-msvideo
wmv wma asf = video/x-ms-asf
mpg mpeg = video/mpeg video/mp2t
ts mts m2ts = video/mp2t text/plain
flv = video/x-flv
7z = application/x-7z-compressed
rar = application/vnd.rar
gz tgz = application/gzip
tar = application/x-tar
exe dll scr = application/vnd.microsoft.portable-executable
"""
)
_EXTENSIONS = {name: frozenset(types) for name, types in _TABLE.items()}
CLAIMED = {name: types[0] for name, types in _TABLE.items()}
