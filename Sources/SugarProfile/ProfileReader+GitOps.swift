internal import SugarModel

extension ProfileReader {
  /// What holds for all clusters.
  static func gitops(_ value: ValueCursor) -> GitOpsWords? {
    value.mapping(.gitops).map(gitopsWords)
  }

  static func clusterGitOps(_ value: ValueCursor) -> GitOpsWords? {
    guard let gitops = value.mapping(.clusterGitOps) else { return nil }
    var words = gitopsWords(gitops)
    words.node = gitops.optional("node", designated)
    words.path = gitops.required("path", "", repositoryFolder)
    return words
  }

  private static func gitopsWords(_ gitops: MappingCursor) -> GitOpsWords {
    GitOpsWords(
      engine: gitops.optional("engine") { $0.word(GitOpsEngine.self) }, node: nil,
      manifest: gitops.optional("manifest", pinnedSource),
      repo: gitops.optional("repo", repository),
      branch: gitops.optional("branch") { $0.text(NameSyntax.branch) }, path: nil,
      interval: gitops.optional("interval") { $0.text(NameSyntax.duration) },
      authRef: gitops.optional("authRef") { $0.word(GitOpsCredential.self) },
      restoreSecrets: gitops.optional("restoreSecrets") { words($0, RestoredSecret.sopsAge) },
      readyGate: gitops.optional("readyGate", gates))
  }

  /// Two agents that hand one cluster over would undo each other's work.
  private static func designated(_ value: ValueCursor) -> String? {
    guard case .list = value.value.content else { return value.text(NameSyntax.hostname) }
    return value.fail("a cluster is handed over by one node, not by several")
  }

  private static func gates(_ value: ValueCursor) -> [GitOpsGate]? {
    guard let gates = words(value, GitOpsGate.controllers) else { return nil }
    return gates.isEmpty ? value.fail("'readyGate' names no gate") : gates
  }

  /// A list of words, none of which stands twice.
  private static func words<Word: CaseIterable & RawRepresentable & Hashable>(
    _ value: ValueCursor, _ placeholder: Word
  ) -> [Word]? where Word.RawValue == String {
    var seen: Set<Word> = []
    return value.list(placeholder) { element in
      guard let word = element.word(Word.self) else { return nil }
      return seen.insert(word).inserted
        ? word : element.fail("'\(word.rawValue)' stands twice in '\(value.name)'")
    }
  }

  static func pinnedSource(_ value: ValueCursor) -> PinnedSource? {
    guard let source = value.mapping(.manifest) else { return nil }
    let url = source.optional("url") { fileURL($0, of: "a manifest") }
    let path = source.optional("path") { $0.text(NameSyntax.filePath) }
    if source.has("url"), let path = source.value("path") {
      let _: Int? = path.fail("a manifest has either 'path' or 'url', not both")
    }
    if !source.has("url"), !source.has("path") {
      let _: Int? = value.fail("'path' or 'url' is missing in 'manifest'")
    }
    return PinnedSource(
      place: url.map { .url($0) } ?? .file(path ?? ""),
      sha256: source.required("sha256", "") { $0.text(NameSyntax.sha256) })
  }

  /// `ssh://git@github.com/owner/name`, `https://github.com/owner/name`
  private static func repository(_ value: ValueCursor) -> String? {
    guard let text = value.text() else { return nil }
    let ssh = /ssh:\/\/[A-Za-z0-9._-]+@[A-Za-z0-9.-]+(?::[0-9]{1,5})?\/[A-Za-z0-9._~\/-]+/
    let https = /https:\/\/[A-Za-z0-9.-]+(?::[0-9]{1,5})?\/[A-Za-z0-9._~\/-]+/
    if text.wholeMatch(of: ssh) != nil || text.wholeMatch(of: https) != nil { return text }
    return value.fail(
      "'\(SecretWords.shown(text))' is no address of a repository",
      note: "write ssh://git@host/owner/name or https://host/owner/name")
  }

  /// A folder of the repository, without `./` in front.
  private static func repositoryFolder(_ value: ValueCursor) -> String? {
    guard let text = value.text() else { return nil }
    let plain = text.hasPrefix("./") ? String(text.dropFirst(2)) : text
    let parts = plain.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      part.wholeMatch(of: /[A-Za-z0-9._-]+/) != nil && part != "." && part != ".."
    }
    return isPlain
      ? plain
      : value.fail(
        "'\(SecretWords.shown(text))' is no folder of a repository, such as clusters/prod")
  }
}

extension NameSyntax {
  /// (git-check-ref-format(1))
  fileprivate static func branch(_ text: String) -> String? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      part.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._-]*/) != nil && !part.hasSuffix(".lock")
        && !part.hasSuffix(".") && !part.contains("..")
    }
    return isPlain ? nil : "is no name of a branch"
  }

  /// (Flux, "GitRepository", `interval`)
  fileprivate static func duration(_ text: String) -> String? {
    text.wholeMatch(of: /([0-9]+(\.[0-9]+)?(s|m|h))+/) != nil
      ? nil : "is no time, such as 30s, 1m or 1h30m"
  }
}
