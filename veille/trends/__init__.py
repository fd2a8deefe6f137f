"""What rises: topics and key phrases week by week, and what is talked about beside what is shown. Pure."""
