"""What is held is inspected again and again (长期保存检测, DA/T 70-2018 stage BC)."""
