"""The pages on which people sign in to the simulated Microsoft account and consent."""

from aiohttp import web
from jinja2 import DictLoader, Environment, StrictUndefined

_BASE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{% block title %}{% endblock %} - Microsoft account (simulated)</title>
  <style>
    body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #eef1f5;
      font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; }
    main { background: #fff; padding: 2rem; width: min(28rem, 92vw); box-sizing: border-box;
      box-shadow: 0 2px 8px #0003; }
    h1 { font-size: 1.4rem; margin: 0 0 1rem; }
    ul { padding: 0; list-style: none; }
    .scopes { list-style: disc; padding-left: 1.3rem; }
    button, .button { font: inherit; padding: .45rem 1rem; border: 1px solid #0067b8;
      background: #0067b8; color: #fff; cursor: pointer; text-decoration: none; }
    li button { width: 100%; text-align: left; background: #fff; color: inherit;
      border-color: #c8c8c8; margin-bottom: .5rem; }
    li span { display: block; color: #555; }
    button.quiet { background: #fff; color: #0067b8; }
    :focus-visible { outline: 3px solid #d98200; outline-offset: 2px; }
  </style>
</head>
<body><main><p>Microsoft account, simulated</p>{% block main %}{% endblock %}</main></body>
</html>
"""

_CHOOSE = """{% extends "base" %}
{% block title %}Sign in{% endblock %}
{% block main %}
<h1>Pick an account</h1>
<form method="post" action="{{ action }}">
  <ul>
  {% for person in people %}
    <li><button name="address" value="{{ person.address }}"
      {%- if person.address == hint %} autofocus{% endif %}>
      <strong>{{ person.name }}</strong><span>{{ person.address }}</span></button></li>
  {% else %}
    <li>There are no accounts yet.</li>
  {% endfor %}
  </ul>
  <button class="quiet" name="address" value="">Cancel</button>
</form>
{% endblock %}
"""

_CONSENT = """{% extends "base" %}
{% block title %}Permissions requested{% endblock %}
{% block main %}
<h1>Permissions requested</h1>
<p>{{ person.address }}</p>
<p>Connect-Up for Outlook 365 would like to:</p>
<ul class="scopes">{% for scope in scopes %}<li>{{ scope }}</li>{% endfor %}</ul>
<form method="post" action="{{ action }}">
  <button name="answer" value="accept">Accept</button>
  <button class="quiet" name="answer" value="refuse">Cancel</button>
</form>
{% endblock %}
"""

_NEEDS_ADMIN = """{% extends "base" %}
{% block title %}Need admin approval{% endblock %}
{% block main %}
<h1>Need admin approval</h1>
<p>{{ person.address }}</p>
<p>Only an administrator of your organization can grant these permissions.</p>
<p><a class="button" href="{{ back }}">Return to the application without granting consent</a></p>
{% endblock %}
"""

_MESSAGE = """{% extends "base" %}
{% block title %}{{ title }}{% endblock %}
{% block main %}<h1>{{ title }}</h1><p>{{ text }}</p>{% endblock %}
"""

_environment = Environment(
    loader=DictLoader(
        {
            "base": _BASE,
            "choose": _CHOOSE,
            "consent": _CONSENT,
            "needs_admin": _NEEDS_ADMIN,
            "message": _MESSAGE,
        }
    ),
    autoescape=True,
    undefined=StrictUndefined,
)


def page(template: str, *, status: int = 200, **values: object) -> web.Response:
    """Give a page: `choose`, `consent`, `needs_admin` or `message`."""
    text = _environment.get_template(template).render(**values)
    return web.Response(status=status, text=text, content_type="text/html")
