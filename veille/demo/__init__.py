"""The demo's sample web, written for this project: feeds over four weeks of March 2026, and a mail catcher."""
