// The agent's door: words to calls. Everything is synchronous and on one thread.
import SugarSystemd

#if canImport(Glibc)
  import Glibc
#endif

switch AgentCommand(Array(CommandLine.arguments.dropFirst())) {
case .run:
  let manager = ServiceManager()
  print("sugaragent \(AgentVersion.release)")
  do {
    try manager.tellReady("sugaragent \(AgentVersion.release)")
    try manager.tellStopping()
  } catch {
    Output.warn("\(error)")
  }
case .version: print(AgentVersion.text)
case .help: print(AgentCommand.usage)
case nil:
  Output.tell(AgentCommand.usage)
  exit(ExitStatus.wrongWords)
}
