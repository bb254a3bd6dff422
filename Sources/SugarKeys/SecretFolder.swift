import SugarHost
import SugarModel

/// The folder itself: made, closed to others, locked, and its sets of files put into place whole.
///
///     .<set>.partial    being filled; worth nothing
///     .<set>.new        complete, to take the place of a set
///     .<file>.gone      replaced, to be overwritten and removed
struct SecretFolder {
  private let store: SecretStore

  init(_ store: SecretStore) { self.store = store }

  static let plainNote = "# nothing in here belongs into a repository\n*\n"
  /// What is public or encrypted may go into a repository; all else may not.
  static let encryptedNote = """
    # only what is encrypted or public belongs into a repository
    *
    !*/
    !.gitignore
    !*.age
    !clusters/**/*.crt
    !nodes/*/*.pub
    !nodes/*/machine-id
    !nodes/*/cluster
    !nodes/*/join-token.public.json
    !gitops/known_hosts
    !gitops/*/flux-git-deploy/identity.pub
    !age/recipient.txt
    !age/recipients.txt

    """

  func prepare(isEncrypted: Bool) throws(KeyError) {
    for folder in ["", "/clusters", "/nodes"] { try make(folder) }
    try host { () throws(HostError) in
      let path = store.folder + "/.gitignore"
      let there = try Files.exists(path) ? String(decoding: Files.read(path), as: UTF8.self) : nil
      let note = isEncrypted ? Self.encryptedNote : Self.plainNote
      // A person may have written another one.
      if there == nil || (isEncrypted && there == Self.plainNote) {
        try Files.write(Array(note.utf8), to: path, mode: 0o600)
      }
    }
  }

  func make(_ name: String) throws(KeyError) {
    try host { () throws(HostError) in
      try Files.makeDirectory(store.folder + name, mode: 0o700)
      try Files.setMode(0o700, of: store.folder + name)
    }
  }

  /// One run at a time writes, so that no set is made twice.
  func lock() throws(KeyError) -> FileLock {
    do {
      return try FileLock.wait(store.folder + "/.lock") {}
    } catch {
      throw KeyError(error)
    }
  }

  /// Fills a folder under another name and gives it its own when it is complete, so that a set is
  /// there whole or not at all.
  func whole(_ folder: String, _ fill: (String) throws(KeyError) -> Void) throws(KeyError) {
    try fillPartial(of: folder, fill)
    try host { () throws(HostError) in
      try Files.rename(Files.partialName(folder), to: folder)
    }
  }

  /// Puts another set into a folder's place, and lets nothing of the old one stay readable.
  ///
  /// At each moment the old set is in its place, or the new one is complete: `recover` finds which.
  func replace(_ folder: String, _ fill: (String) throws(KeyError) -> Void) throws(KeyError) {
    try fillPartial(of: folder, fill)
    try host { () throws(HostError) in
      let (new, gone) = (Self.name(folder, "new"), Self.goneName(folder))
      try Files.rename(Files.partialName(folder), to: new)
      try Files.rename(folder, to: gone)
      try Files.rename(new, to: folder)
      try Self.shred(gone)
    }
  }

  /// Puts right what a run left that was killed.
  func recover() throws(KeyError) {
    try host { () throws(HostError) in
      for folder in try folders(below: store.folder) {
        for name in try Files.list(folder) where name.hasPrefix(".") {
          let path = "\(folder)/\(name)"
          if name.hasSuffix(".new") {
            let final = "\(folder)/\(name.dropFirst().dropLast(".new".count))"
            // With the old set in its place, nothing was replaced yet.
            if try !Files.exists(final) { try Files.rename(path, to: final) }
          }
        }
        for name in try Files.list(folder) where name.hasPrefix(".") {
          guard [".partial", ".new", ".gone"].contains(where: name.hasSuffix) else { continue }
          try Self.shred("\(folder)/\(name)")
        }
      }
    }
  }

  static func goneName(_ path: String) -> String { name(path, "gone") }

  private static func name(_ path: String, _ ending: String) -> String {
    String(Files.partialName(path).dropLast("partial".count)) + ending
  }

  private func fillPartial(
    of folder: String, _ fill: (String) throws(KeyError) -> Void
  ) throws(KeyError) {
    let partial = Files.partialName(folder)
    try host { () throws(HostError) in
      // Folders that are made on the way to another get no mode of their own.
      if let slash = folder.lastIndex(of: "/") {
        try Files.makeDirectory(String(folder[..<slash]), mode: 0o700)
      }
      try Self.shred(partial)
      try Files.makeDirectory(partial, mode: 0o700)
    }
    try fill(partial)
  }

  /// A file, or a folder with all that is in it: overwritten and removed.
  private static func shred(_ path: String) throws(HostError) {
    if try Files.status(path)?.kind == .directory {
      for file in try Shredder.files(below: path) { try Shredder.shred(file) }
    } else {
      try Shredder.shred(path)
    }
    try Files.removeTree(path)
  }

  /// The folder and all below it that are no leftovers themselves.
  private func folders(below folder: String) throws(HostError) -> [String] {
    var result = [folder]
    for name in try Files.list(folder) where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if try Files.status(path)?.kind == .directory { result += try folders(below: path) }
    }
    return result
  }

  private func host(_ body: () throws(HostError) -> Void) throws(KeyError) {
    do {
      try body()
    } catch {
      throw KeyError(error)
    }
  }
}
