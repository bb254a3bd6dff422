/// Text in columns, each as wide as its widest cell.
struct Table {
  private var rows: [[String]]

  init(_ header: [String]) { rows = [header] }

  mutating func add(_ row: [String]) { rows.append(row) }

  /// - Parameter colored: sets the header apart in bold.
  func text(colored: Bool) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    let lines = rows.map { row in
      var line = row.enumerated().map { column, cell in
        cell + String(repeating: " ", count: widths[column] - cell.count)
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    guard colored, let header = lines.first else { return lines.joined(separator: "\n") }
    return (["\u{1B}[1m\(header)\u{1B}[0m"] + lines.dropFirst()).joined(separator: "\n")
  }
}
