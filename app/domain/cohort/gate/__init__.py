"""May the next patient be enrolled, lymphodepleted or infused at a dose level on a day?"""
