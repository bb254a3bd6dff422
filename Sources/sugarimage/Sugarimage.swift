import ArgumentParser
import SugarImageCommands

@main enum Program {
  static func main() async { await SugarImage.main() }
}
