import SugarAgentPlan
import SugarHost
public import SugarModel

/// Where the receipt is kept: on the root file system, and for everybody on the boot partition.
public struct ReceiptFiles {
  let places: AgentPlaces

  public init(_ places: AgentPlaces) { self.places = places }

  /// Writes the receipt; gives what could not be written to the boot partition, in words. That one
  /// is read-only or full is no failure of the node.
  func save(_ receipt: Receipt) throws(AgentError) -> [String] {
    let (text, page) = (try JSONText.page(receipt), ReceiptPage.html(receipt))
    do throws(HostError) { try write(text, page, to: places.state, mode: 0o600) } catch {
      throw AgentError("write", error.subject, error.reason, code: error.code)
    }
    do throws(HostError) { try write(text, page, to: places.boot, mode: nil) } catch {
      return ["the receipt is not in \(places.boot): \(error.reason)"]
    }
    return []
  }

  private func write(
    _ text: String, _ page: String, to folder: String, mode: UInt32?
  ) throws(HostError) {
    try Files.makeDirectory(folder, mode: 0o700)
    try Files.write(Array(page.utf8), to: "\(folder)/receipt.html", mode: mode)
    try Files.write(Array(text.utf8), to: "\(folder)/receipt.json", mode: mode)
  }

  /// The receipt of this node; nil as long as there is none.
  public func last() -> Receipt? {
    for folder in [places.state, places.boot] {
      let path = "\(folder)/receipt.json"
      guard let bytes = try? Files.read(path),
        let receipt = try? JSONText.decode(Receipt.self, from: bytes, name: path),
        receipt.schema <= Receipt.currentSchema
      else { continue }
      return receipt
    }
    return nil
  }
}
