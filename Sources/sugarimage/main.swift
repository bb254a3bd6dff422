print("sugarimage")
