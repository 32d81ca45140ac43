"""What runs inside Rasa: graph components, the sentence encoder and the front desk's channel."""
