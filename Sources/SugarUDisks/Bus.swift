import CSystemBus
import SugarHost

#if canImport(Glibc)
  import Glibc
#endif

/// The connection to the system's message bus. (sd-bus(3); `DBUS_SYSTEM_BUS_ADDRESS` names another)
struct Bus: ~Copyable {
  private var bus: OpaquePointer?
  /// What the calls are about, for errors.
  private let subject: String

  init(_ subject: String) throws(HostError) {
    self.subject = subject
    if let reason = csystembus_open() {
      throw HostError(
        operation: "reach the message bus for", subject: subject, reason: String(cString: reason))
    }
    try check("reach the message bus for", subject, csystembus_open_system(&bus))
  }

  deinit { csystembus_flush_close_unref(bus) }

  /// A call that is still to be filled.
  func call(
    _ service: String, _ object: String, _ interface: String, _ method: String
  ) throws(HostError) -> BusMessage {
    var message: OpaquePointer?
    try check(
      "ask for", subject,
      csystembus_message_new_method_call(bus, &message, service, object, interface, method))
    return BusMessage(message, subject)
  }

  /// The answer to a call. Whoever answers may ask the user first.
  ///
  /// - Parameter patience: in microseconds.
  func send(_ call: borrowing BusMessage, patience: UInt64) throws(HostError) -> BusMessage {
    try check(
      "ask for", subject, csystembus_message_set_allow_interactive_authorization(call.pointer, 1))
    var answer: OpaquePointer?
    var error = sd_bus_error()
    defer { csystembus_error_free(&error) }
    let result = csystembus_call(bus, call.pointer, patience, &error, &answer)
    guard result >= 0 else {
      let words = error.message.map { String(cString: $0) } ?? HostError.words(-result)
      throw HostError(operation: "ask for", subject: subject, reason: words, code: -result)
    }
    return BusMessage(answer, subject)
  }
}

/// One message on the bus. (csystembus_message_append_basic(3), csystembus_message_open_container(3))
struct BusMessage: ~Copyable {
  let pointer: OpaquePointer?
  private let subject: String

  init(_ pointer: OpaquePointer?, _ subject: String) {
    self.pointer = pointer
    self.subject = subject
  }

  deinit { csystembus_message_unref(pointer) }

  func append(_ text: String) throws(HostError) {
    try check("ask for", subject, csystembus_message_append_basic(pointer, Self.type("s"), text))
  }

  /// A dictionary from names to numbers: `a{sv}` with `i` inside.
  func append(options: [String: Int32]) throws(HostError) {
    try open("a", "{sv}")
    for (name, value) in options {
      try open("e", "sv")
      try append(name)
      try open("v", "i")
      var value = value
      try check(
        "ask for", subject, csystembus_message_append_basic(pointer, Self.type("i"), &value))
      try close()
      try close()
    }
    try close()
  }

  /// The descriptor that the message carries, for the caller to close.
  func descriptor() throws(HostError) -> Int32 {
    var own: Int32 = -1
    try check("open", subject, csystembus_message_read_basic(pointer, Self.type("h"), &own))
    // The message closes its own when it goes.
    let copy = fcntl(own, F_DUPFD_CLOEXEC, 3)
    let code = errno
    guard copy >= 0 else { throw .system("open", subject, code) }
    return copy
  }

  private func open(_ kind: Unicode.Scalar, _ contents: String) throws(HostError) {
    try check(
      "ask for", subject, csystembus_message_open_container(pointer, Self.type(kind), contents))
  }

  private func close() throws(HostError) {
    try check("ask for", subject, csystembus_message_close_container(pointer))
  }

  private static func type(_ letter: Unicode.Scalar) -> CChar {
    CChar(truncatingIfNeeded: letter.value)
  }
}

/// What libsystemd gives back: a number from 0 on, or the negative of an error number.
private func check(_ operation: String, _ subject: String, _ result: Int32) throws(HostError) {
  guard result < 0 else { return }
  throw .system(operation, subject, -result)
}
