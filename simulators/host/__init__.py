"""The functions host: drives `function_app.py` where the Azure host is missing."""
