"""The books for foreign accounting programs: hledger and beancount."""
