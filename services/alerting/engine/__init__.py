"""What brings alerts to people. One instance acts at a time, under a fenced lease; the others stand ready.

A cycle runs small modules in this order: ``escalate`` (steps that are due become pages), ``reclaim`` (pages whose
sender died), ``fall_back`` (failed pages: next channel, next step), ``send``. Everything that a module still has to do
is in a document that the next cycle finds again, whoever runs it. A module that fails does not stop the others.
"""
