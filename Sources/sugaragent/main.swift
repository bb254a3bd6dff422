// The agent's door: words to calls. Everything is synchronous and on one thread.

#if canImport(Glibc)
  import Glibc
#endif

switch AgentCommand(Array(CommandLine.arguments.dropFirst())) {
case .run: AgentRun(journalStream: getenv("JOURNAL_STREAM").map { String(cString: $0) }).begin()
case .version: print(AgentVersion.text)
case .help: print(AgentCommand.usage)
case nil:
  Output.tell(AgentCommand.usage)
  exit(ExitStatus.wrongWords)
}
