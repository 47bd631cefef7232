"""Appraisal (鉴定销毁): what expires, who decided, and the lawful end of records."""
