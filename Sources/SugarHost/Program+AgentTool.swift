public import SugarModel

extension Program {
  /// One of the programs that the agent may run.
  public init(_ tool: AgentTool) throws(HostError) { try self.init(tool.rawValue) }
}
