// The agent's door: words to calls. Everything is synchronous and on one thread.

#if canImport(Glibc)
  import Glibc
#endif

let agent = AgentRun(journalStream: getenv("JOURNAL_STREAM").map { String(cString: $0) })
let status: Int32
let words = Array(CommandLine.arguments.dropFirst())
switch AgentCommand(words) {
case .run: status = agent.run()
case .join: status = agent.join()
case .bootloader: status = agent.setBootloader()
case .eeprom(let isJSON): status = agent.bootloader(isJSON: isJSON)
case .undoEEPROM: status = agent.undoBootloader()
case .retryEEPROM: status = agent.retryBootloader()
case .plan(let isJSON): status = agent.plan(isJSON: isJSON)
case .status(let isJSON): status = agent.status(isJSON: isJSON)
case .undo(let layout): status = agent.undo(layout)
case .retry(let layout): status = agent.retry(layout)
case .version:
  print(AgentVersion.text)
  status = 0
case .help:
  print(AgentCommand.usage)
  status = 0
case nil:
  Output.tell(AgentCommand.complaint(words))
  status = ExitStatus.wrongWords
}
exit(status)
