#if canImport(Glibc)
  import Glibc
#endif

/// Threads that each spend most of their time waiting for a device. A pool would run only as many as
/// there are cores.
enum Crew {
  private final class Job: Sendable {
    // A class, because the pointer to it crosses into the thread.
    let work: @Sendable (Int) -> Void
    let number: Int
    init(_ number: Int, _ work: @escaping @Sendable (Int) -> Void) {
      self.number = number
      self.work = work
    }
  }

  /// Runs `work` on `count` threads and comes back when all have ended. (pthread_create(3))
  static func run(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) {
    var threads: [pthread_t] = []
    for number in 1..<max(1, count) {
      let job = Unmanaged.passRetained(Job(number, work))
      var thread = pthread_t()
      let code = pthread_create(
        &thread, nil,
        { pointer in
          guard let pointer else { return nil }
          let job = Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue()
          job.work(job.number)
          return nil
        }, job.toOpaque())
      if code == 0 { threads.append(thread) } else { job.release() }
    }
    work(0)
    for thread in threads { pthread_join(thread, nil) }
  }
}
