public import SugarModel

extension Program {
  /// One of the programs that the agent may run.
  public init(_ tool: AgentTool) throws(HostError) { try self.init(tool.rawValue) }

  /// One of them, looked for in other folders than a node's.
  public init(_ tool: AgentTool, in folders: [String]?) throws(HostError) {
    try self.init(tool.rawValue, in: folders)
  }
}
