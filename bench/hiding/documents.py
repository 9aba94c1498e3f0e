"""Documents as office programs and printers write them."""

from __future__ import annotations

import base64
import io
import struct
import zipfile
import zlib
from xml.sax.saxutils import escape

from hiding import Expected, Group, write
from hiding.encoders import noise, zip_of

OFFICE = Group("Documents")
GROUPS = [OFFICE]

SECTION = "Formulas/Section1.m"


# ---- Office ----


@OFFICE.place("xlsx", "a cell, as openpyxl writes it", modules=("openpyxl",), encoding=())
def xlsx(folder, key):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["name", "value"])
    book.active.append(["Retailgrid key", key])
    book.save(folder / "shop.xlsx")
    return Expected("shop.xlsx!/xl/worksheets/sheet1.xml")


@OFFICE.place("comment of a cell", "a note in a sheet", modules=("openpyxl",), encoding=())
def xlsx_comment(folder, key):
    import openpyxl
    from openpyxl.comments import Comment

    book = openpyxl.Workbook()
    book.active["B2"] = "key: see the note"
    book.active["B2"].comment = Comment(f"key={key}", "A")
    book.save(folder / "shop.xlsx")


def power_query(key: str) -> str:
    """A query as a person writes it in Excel's editor, in the section that Excel keeps it in."""
    return (
        "section Section1;\r\n\r\nshared Products = let\r\n"
        '    Source = Json.Document(Web.Contents("https://clientapi.retailgrid.io/v1/products",\r\n'
        f'        [Headers = [Authorization = "Bearer {key}", Accept = "application/json"]])),\r\n'
        "    Rows = Table.FromRecords(Source)\r\n"
        "in\r\n    Rows;\r\n"
    )


def mashup(key: str) -> bytes:
    """The stream that MS-QDEFF 2.2 describes: version, then package, permissions, metadata and permission bindings, each
    behind its length in four bytes."""

    def sized(content: bytes) -> bytes:
        return struct.pack("<I", len(content)) + content

    package = zip_of(
        {
            "Config/Package.xml": '\ufeff<?xml version="1.0" encoding="utf-8"?>'
            '<Package xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            "<Version>2.128.751.0</Version><MinVersion>2.21.0.0</MinVersion><Culture>en-GB</Culture></Package>",
            "[Content_Types].xml": '<?xml version="1.0" encoding="utf-8"?>'
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="text/xml" />'
            '<Default Extension="m" ContentType="application/x-ms-m" /></Types>',
            SECTION: power_query(key),
        }
    )
    permissions = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><PermissionList><CanEvaluateFuturePackages>false</CanEvaluateFuturePackages>'
        "<FirewallEnabled>true</FirewallEnabled></PermissionList>"
    ).encode()
    items = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><LocalPackageMetadataFile>'
        "<Items><Item><ItemLocation><ItemType>Formula</ItemType>"
        "<ItemPath>Section1/Products</ItemPath></ItemLocation></Item></Items></LocalPackageMetadataFile>"
    ).encode()
    metadata = struct.pack("<I", 0) + sized(items) + sized(b"")
    return struct.pack("<I", 0) + sized(package) + sized(permissions) + sized(metadata) + sized(noise(230))


@OFFICE.place(
    "xlsx with a Power Query connection",
    "zip, in it UTF-16 XML, in it base64, in it a DataMashup stream, in it a zip, in it the key",
    modules=("openpyxl",),
)
def xlsx_power_query(folder, key):
    import openpyxl

    target = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["sku", "price"])
    book.save(target)
    item = (
        '<?xml version="1.0" encoding="utf-16"?><DataMashup xmlns="http://schemas.microsoft.com/DataMashup">'
        + base64.b64encode(mashup(key)).decode()
        + "</DataMashup>"
    )
    props = (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\r\n'
        '<ds:datastoreItem ds:itemID="{5B0D8BCA-5E15-4C4C-9C4B-3B4C6E5D7F10}" '
        'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml"><ds:schemaRefs>'
        '<ds:schemaRef ds:uri="http://schemas.microsoft.com/DataMashup"/></ds:schemaRefs></ds:datastoreItem>'
    )
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("customXml/item1.xml", ("\ufeff" + item).encode("utf-16-le"))
        archive.writestr("customXml/itemProps1.xml", props)
    write(folder, "shop.xlsx", target.getvalue())


OFFICE.blob(
    "pbix",
    "a Power BI report: a zip with a DataMashup stream, not encoded",
    "shop.pbix",
    lambda k: zip_of({"Version": "1.28".encode("utf-16-le"), "DataMashup": mashup(k), "DataModel": noise(4000)}),
    None,
)
OFFICE.blob("pq query file", "a query that is kept as text", "Products.pq", lambda k: power_query(k).encode(), encoding=())


@OFFICE.place("docx", "a paragraph, as python-docx writes it", modules=("docx",), encoding=())
def docx(folder, key):
    import docx as library

    document = library.Document()
    document.add_heading("Access")
    document.add_paragraph(f"The key is {key} for now.")
    document.save(folder / "notes.docx")
    return Expected("notes.docx!/word/document.xml")


@OFFICE.place(
    "docx, the key in two runs",
    "the spelling checker or an edit has split the text",
    modules=("docx",),
)
def docx_runs(folder, key):
    import docx as library

    document = library.Document()
    paragraph = document.add_paragraph("The key is ")
    paragraph.add_run(key[:8])
    paragraph.add_run(key[8:]).bold = True
    document.save(folder / "notes.docx")


@OFFICE.place("xlsx inside a docx", "an embedded sheet", modules=("openpyxl", "docx"), encoding=())
def embedded(folder, key):
    import docx as library
    import openpyxl

    book, target = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["key", key])
    book.save(target)
    library.Document().save(folder / "notes.docx")
    with zipfile.ZipFile(folder / "notes.docx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/embeddings/Microsoft_Excel_Sheet1.xlsx", target.getvalue())
    return Expected("notes.docx!/word/embeddings/Microsoft_Excel_Sheet1.xlsx!/xl/worksheets/sheet1.xml")


@OFFICE.place("pptx", "a slide's notes, as python-pptx writes them", modules=("pptx",), encoding=())
def pptx(folder, key):
    import pptx as library

    deck = library.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "The shop's data"
    slide.notes_slide.notes_text_frame.text = f"Show them with key {key}"
    deck.save(folder / "talk.pptx")
    return Expected("talk.pptx!/ppt/notesSlides/notesSlide1.xml")


@OFFICE.place("odt", "a paragraph, as odfpy writes it", modules=("odf",), encoding=())
def odt(folder, key):
    from odf.opendocument import OpenDocumentText
    from odf.text import P

    document = OpenDocumentText()
    document.text.addElement(P(text=f"The key is {key} for now."))
    document.save(str(folder / "notes.odt"))
    return Expected("notes.odt!/content.xml")


@OFFICE.place("epub", "a chapter, as EbookLib writes it", modules=("ebooklib",), encoding=())
def epub(folder, key):
    from ebooklib import epub as library

    book = library.EpubBook()
    book.set_identifier("1")
    book.set_title("Handbook")
    chapter = library.EpubHtml(title="Access", file_name="access.xhtml")
    chapter.content = f"<h1>Access</h1><p>The key is {key}.</p>"
    book.add_item(chapter)
    book.add_item(library.EpubNcx())
    book.spine = [chapter]
    library.write_epub(str(folder / "handbook.epub"), book)
    return Expected("handbook.epub!/EPUB/access.xhtml")


# ---- PDF and others ----


@OFFICE.place("PDF", "a page's deflated stream, as fpdf2 writes it", modules=("fpdf",), encoding=())
def pdf(folder, key):
    import fpdf

    document = fpdf.FPDF()
    document.add_page()
    document.set_font("Courier", size=9)
    document.multi_cell(0, text=f"The shop's settings\n\nkey {key}\n")
    document.output(str(folder / "notes.pdf"))


@OFFICE.place("PDF, its title", "the document's information", modules=("fpdf",), encoding=())
def pdf_title(folder, key):
    import fpdf

    document = fpdf.FPDF()
    document.set_title(f"key={key}")
    document.add_page()
    document.output(str(folder / "notes.pdf"))


@OFFICE.place("PDF, an embedded file", "a deflated attachment", modules=("fpdf",), encoding=())
def pdf_attachment(folder, key):
    import fpdf

    document = fpdf.FPDF()
    document.add_page()
    document.embed_file(basename="settings.ini", bytes=f"key = {key}\n".encode() * 2, compress=True)
    document.output(str(folder / "notes.pdf"))


def pdf_of(content: bytes, filters: str) -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n4 0 obj\n<< /Length "
        + str(len(content)).encode()
        + b" /Filter "
        + filters.encode()
        + b" >>\nstream\n"
        + content
        + b"\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
    )


OFFICE.blob(
    "PDF, ASCII85 and Flate",
    "a stream with two filters",
    "notes.pdf",
    lambda k: pdf_of(
        base64.a85encode(zlib.compress(f"BT ({k}) Tj ET\n".encode() * 2), wrapcol=76) + b"~>",
        "[ /ASCII85Decode /FlateDecode ]",
    ),
    None,
)
OFFICE.blob(
    "PDF, glyphs",
    "text by the numbers of an embedded font's glyphs",
    "notes.pdf",
    lambda k: pdf_of(
        zlib.compress(("BT <" + "".join(f"{ord(one) - 29:04X}" for one in k) + "> Tj ET\n").encode()), "/FlateDecode"
    ),
    None,
    reason="which glyph is which letter, only the font in the document says; text by its characters is found",
)
OFFICE.blob(
    "PDF, kerned text",
    "numbers between the letters",
    "notes.pdf",
    lambda k: pdf_of(zlib.compress(f"BT [({k[:4]}) -20 ({k[4:9]}) 15 ({k[9:]})] TJ ET\n".encode()), "/FlateDecode"),
    None,
)
OFFICE.blob(
    "RTF",
    "a word processor's text format",
    "notes.rtf",
    lambda k: ("{\\rtf1\\ansi{\\fonttbl\\f0 Arial;}\\f0 The key is " + k.replace("_", "\\'5f") + ".\\par}\n").encode(),
    encoding=("escape",),
)
OFFICE.blob(
    "SVG in a data: URI",
    "a picture with text, base64 in CSS",
    "theme.css",
    lambda k: (
        ".a { background: url(data:image/svg+xml;base64,"
        + base64.b64encode(f"<svg xmlns='http://www.w3.org/2000/svg'><text>{escape(k)}</text></svg>".encode()).decode()
        + "); }\n"
    ).encode(),
    encoding=("base64",),
)
