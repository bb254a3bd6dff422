import Foundation
import SugarTestSupport

/// A page as Python reads it, once as XML, strictly, and once as a browser would.
struct PageReader: Decodable {
  /// What is not as it should be: tags that do not match, elements and attributes that nobody
  /// expects, anything that could be loaded or run.
  var complaints: [String]
  /// The text of each element that has text of its own, without the style sheet.
  var texts: [String]
  var title: String

  static func read(_ html: String) throws -> PageReader {
    let folder = try TemporaryDirectory()
    try Data(html.utf8).write(to: folder.url.appendingPathComponent("page.html"))
    let answer = try Tool("python3").check(["-c", script, folder.path("page.html")])
    return try JSONDecoder().decode(PageReader.self, from: Data(answer.output))
  }

  private static let script = """
    import html.parser, json, sys, xml.etree.ElementTree
    page = open(sys.argv[1], "rb").read().decode("utf-8", "strict")
    ELEMENTS = set("html head meta title style body main header section article footer div dl dt "
                   "dd ol ul li p h1 h2 h3 span strong code pre".split())
    ATTRIBUTES = set("lang charset http-equiv name content class".split())
    VOID = {"meta"}
    complaints, texts, title = [], [], []
    try:
        xml.etree.ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\\n"))
    except xml.etree.ElementTree.ParseError as error:
        complaints.append(f"not XML: {error}")
    class Reader(html.parser.HTMLParser):
        def __init__(self):
            super().__init__(convert_charrefs=True)
            self.open = []
        def handle_starttag(self, tag, attributes):
            if tag not in ELEMENTS: complaints.append(f"element {tag}")
            for name, value in attributes:
                if name not in ATTRIBUTES: complaints.append(f"attribute {name} of {tag}")
            if tag not in VOID: self.open.append(tag)
        def handle_startendtag(self, tag, attributes):
            if tag not in VOID: complaints.append(f"{tag} closes itself")
            self.handle_starttag(tag, attributes)
        def handle_endtag(self, tag):
            if not self.open or self.open[-1] != tag:
                complaints.append(f"</{tag}> closes {self.open[-1:]}")
            else: self.open.pop()
        def handle_data(self, data):
            if self.open[-1:] == ["title"]: title.append(data)
            elif self.open[-1:] == ["style"]:
                if "url(" in data or "@import" in data: complaints.append("the style sheet loads")
            elif data.strip():
                if not self.open: complaints.append(f"text outside: {data[:40]}")
                texts.append(data)
        def handle_comment(self, data): complaints.append(f"comment {data[:40]}")
        def handle_pi(self, data): complaints.append(f"instruction {data[:40]}")
        def unknown_decl(self, data): complaints.append(f"declaration {data[:40]}")
        def handle_decl(self, data):
            if data != "DOCTYPE html": complaints.append(f"declaration {data[:40]}")
    reader = Reader()
    reader.feed(page)
    reader.close()
    if reader.open: complaints.append(f"never closed: {reader.open}")
    print(json.dumps({"complaints": complaints, "texts": texts, "title": "".join(title)}))
    """
}
