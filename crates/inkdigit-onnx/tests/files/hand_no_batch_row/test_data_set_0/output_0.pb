
BlogitsJ(!t>ƒqD½Ur½΅cΗ½]Θ>_«Ύϋ'Ί=¬;Ύe¦wΎστ„Ύ