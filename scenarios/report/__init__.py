"""How results are shown: tables in a terminal, Markdown and HTML pages, pictures, JUnit."""
