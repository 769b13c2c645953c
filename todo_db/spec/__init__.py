"""Documents that people write → statements with places → a specification and its questions, and back."""
