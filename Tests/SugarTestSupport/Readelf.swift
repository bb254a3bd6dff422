import Foundation

/// A program or library as readelf(1) sees it.
public struct Readelf: Sendable {
  public var needed: [String] = []
  public var soname: String?
  public var interpreter: String?
  public var isPositionIndependent: Bool
  /// By library the versions that the file uses.
  public var wanted: [String: Set<String>] = [:]
  public var offered: Set<String> = []
  /// 40 hex digits by which the linker tells files apart.
  public var buildID: String?
  /// The names of its sections.
  public var sections: [String] = []

  public init(_ path: String) throws {
    let tool = try Tool("readelf")
    isPositionIndependent = try tool.check(["-hW", path]).text.contains(
      "Type:                              DYN")
    for line in try tool.check(["-dW", path]).text.split(separator: "\n") {
      guard let name = Self.between(line, "[", "]") else { continue }
      if line.contains("(NEEDED)") { needed.append(name) }
      if line.contains("(SONAME)") { soname = name }
    }
    for line in try tool.check(["-lW", path]).text.split(separator: "\n")
    where line.contains("interpreter:") {
      interpreter = Self.between(line, "interpreter: ", "]")
    }
    buildID = Self.between(try tool.check(["-nW", path]).text, "Build ID: ", "\n")
    for line in try tool.check(["-SW", path]).text.split(separator: "\n") {
      if let name = Self.between(line, "] ", " "), line.hasPrefix("  [") { sections.append(name) }
    }
    try readVersions(tool.check(["-VW", path]).text)
  }

  private mutating func readVersions(_ text: String) {
    var (isOffer, library) = (false, "")
    for line in text.split(separator: "\n") {
      if line.hasPrefix("Version definition") { isOffer = true }
      if line.hasPrefix("Version needs") { isOffer = false }
      if let file = Self.between(line, "File: ", " ") { library = file }
      // A parent ("Parent 1: …") repeats what stands elsewhere, and the base is the library's own name.
      guard let name = Self.between(line + " ", "Name: ", " "), !line.contains("Flags: BASE") else {
        continue
      }
      if isOffer { offered.insert(name) } else { wanted[library, default: []].insert(name) }
    }
  }

  private static func between(_ line: some StringProtocol, _ start: String, _ end: String)
    -> String?
  {
    guard let from = line.range(of: start)?.upperBound,
      let to = line[from...].range(of: end)?.lowerBound
    else {
      return nil
    }
    return String(line[from..<to])
  }
}
