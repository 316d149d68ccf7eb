//! Examples below each command's help: what people want to do, and what to type for it.

/// `inkdigit --help`
pub(crate) const TOP: &str = "\
Examples:
  inkdigit predict picture.png          read the digit on a picture
  inkdigit train --recipe fast          train a network to 99 % in a second or so
  inkdigit eval --model runs/fast-1     how well does it read the test set?
  inkdigit display 7 --save             look at a digit of the data set

`inkdigit COMMAND --help` explains a command and shows examples.";

/// `inkdigit train --help`
pub(crate) const TRAIN: &str = "\
Examples:
  inkdigit train --recipe fast                       99 % as quickly as it can
  inkdigit train --network lenet --epochs 3          a network by its name, the rest by default
  inkdigit train --config my.yml --seed 7            your own configuration; flags go over it
  inkdigit train --from mnist-8.onnx --epochs 1      go on with a network from elsewhere
  inkdigit train --recipe finder                     what finds digits anywhere on a picture: hours
  inkdigit train --watch --tensorboard               curves on the terminal, and kept for TensorBoard
  inkdigit train --resume runs/default-1             go on after Ctrl-C or a crash, to the same bits";

/// `inkdigit eval --help`
pub(crate) const EVAL: &str = "\
Examples:
  inkdigit eval                                      the built-in model on the test set
  inkdigit eval --model runs/fast-1 --split validation
  inkdigit eval --data ../fashion --probabilities p.npy
  inkdigit eval --model mnist-8.onnx --probe-scale   which range of pixels does it want?
  inkdigit eval --pages DIR                          pictures with their text beside them
  inkdigit eval --pages DIR --finder runs/finder-1   the same, with a finder
  inkdigit eval --json | jq .accuracy";

/// `inkdigit predict --help`
pub(crate) const PREDICT: &str = "\
Examples:
  inkdigit predict picture.jpg                       the digit on a picture
  inkdigit predict *.png --top 3                     several, each with its three likeliest digits
  cat picture.png | inkdigit predict - --json        from standard input, as JSON
  inkdigit predict *.png --labels labels.txt         a table: what was read, what it should be
  inkdigit predict picture.jpg --debug stages        every stage of preprocessing as a picture
  inkdigit predict 7 --display                       number 7 of the test set, drawn in the terminal";

/// `inkdigit read --help`
pub(crate) const READ: &str = "\
Examples:
  inkdigit read page.jpg                             the digits of a page, line by line
  inkdigit read *.jpg --json                         with boxes and probabilities, as JSON
  inkdigit read form.png --finder finder.onnx --marks   with dates and decimals
  inkdigit read page.jpg --labels labels.txt         compared with what it should be
  inkdigit read page.jpg --annotate read.png         what was read, drawn on the page
  inkdigit read page.jpg --debug stages              and every stage as a picture";

/// `inkdigit display --help`
pub(crate) const DISPLAY: &str = "\
Examples:
  inkdigit display                                   any digit of the test set
  inkdigit display 7 --train                         number 7 of the training set
  inkdigit display 7 --save                          and write it to digit-7.png
  inkdigit display 7 --values --save values.png      with each pixel's value written in
  inkdigit display --grid 10x10 --save sheet.png     a hundred on one sheet
  inkdigit display --grid 8x3 --label 4              fours alone, in the terminal
  inkdigit display --grid 5x5 --mistakes --save      what the built-in model misreads";

/// `inkdigit layers --help`
pub(crate) const LAYERS: &str = "\
Examples:
  inkdigit layers picture.png --out seven            every layer of the built-in model
  inkdigit layers --id 7 --out zoo --model mnist-8.onnx --colormap magma
  inkdigit layers --id 7 --out one --layer conv1     one layer alone
  inkdigit layers --id 7 --out seven --force --json  again into the same folder, told as JSON";

/// `inkdigit explain --help`
pub(crate) const EXPLAIN: &str = "\
Examples:
  inkdigit explain picture.png --out why.png         what speaks for the digit that was read
  inkdigit explain --id 7 --digit 4 --out four.png   what speaks for a 4, and what against
  inkdigit explain --id 7 --json | jq .occlusion     the numbers";

/// `inkdigit data --help`
pub(crate) const DATA: &str = "\
Examples:
  inkdigit data download                             fetch MNIST into the cache folder
  inkdigit data info --data ../fashion               what a folder holds
  inkdigit data convert --to csv --out csv           MNIST as CSV files
  inkdigit data synth --count 1000 --out synthetic   digits drawn by the program";

/// `inkdigit data download --help`
pub(crate) const DATA_DOWNLOAD: &str = "\
Examples:
  inkdigit data download                             into the cache folder, where all commands look
  inkdigit data download --out mnist                 into a folder of your choice
  inkdigit data download --mirror http://host/mnist/ from a mirror of your own";

/// `inkdigit data info --help`
pub(crate) const DATA_INFO: &str = "\
Examples:
  inkdigit data info                                 the data all commands use
  inkdigit data info --data photos --json            a folder of pictures by label, as JSON";

/// `inkdigit data convert --help`
pub(crate) const DATA_CONVERT: &str = "\
Examples:
  inkdigit data convert --to png --out pictures      one PNG file for each digit
  inkdigit data convert --to idx --gzip --data photos --out photos-idx
  inkdigit data convert --to csv --split test --out csv";

/// `inkdigit data synth --help`
pub(crate) const DATA_SYNTH: &str = "\
Examples:
  inkdigit data synth --out synthetic                6000 to train on, 1000 to test with
  inkdigit data synth --count 60000 --seed 7 --out synthetic
  inkdigit train --data synthetic --epochs 1         a first try without any download
  inkdigit data synth --pages 20 --out pages         pictures of pages, with the truth beside each
  inkdigit data synth --pages 5 --size 4000x3000 --sheet squared --difficulty 0.8 --out hard
  inkdigit data synth --outliers 1100 --out outliers what is no digit, to test its refusal";

/// `inkdigit models --help`
pub(crate) const MODELS: &str = "\
Examples:
  inkdigit models                                    every network and trained model
  inkdigit models digits                             the models and versions in the folder digits
  inkdigit models --json                             the same as data";

/// `inkdigit inspect --help`
pub(crate) const INSPECT: &str = "\
Examples:
  inkdigit inspect lenet                             a network's layers and their shapes
  inkdigit inspect mnist-8.onnx                      a file from elsewhere: opset, input, what was fused
  inkdigit inspect runs/fast-1 --json                a trained model, as JSON";

/// `inkdigit export --help`
pub(crate) const EXPORT: &str = "\
Examples:
  inkdigit export --out digits.onnx                  the built-in model
  inkdigit export runs/fast-1 --opset 12 --probabilities --out fast.onnx
  inkdigit export runs/fast-1 --to digits --version 2
  inkdigit export --with-test-data 3 --tar --out digits.tar.gz";

/// `inkdigit verify --help`
pub(crate) const VERIFY: &str = "\
Examples:
  inkdigit verify mnist-8.onnx                       with the test data beside it
  inkdigit verify mnist-8.onnx test_data_set_0 --tolerance 0.01
  inkdigit verify quantised.onnx tests --relative 0.05 --json";

/// `inkdigit serve --help`
#[cfg(feature = "serve")]
pub(crate) const SERVE: &str = "\
Examples:
  inkdigit serve                                     on this machine: draw at http://127.0.0.1:8080
  inkdigit serve --model runs/fast-1 --port 9000     a model of your own
  inkdigit serve --models served --bind 0.0.0.0      a folder of models and versions, for the network
  inkdigit serve --tls-cert cert.pem --tls-key key.pem --token-file token
  curl --data-binary @digit.png localhost:8080/v1/predict";

/// `inkdigit bench --help`
pub(crate) const BENCH: &str = "\
Examples:
  inkdigit bench --quick                             a first impression in seconds
  inkdigit bench --threads 1,2 --network lenet       one network on one thread and on two
  inkdigit bench --csv > machine.csv                 all figures, for a spreadsheet";

/// `inkdigit report --help`
pub(crate) const REPORT: &str = "\
Examples:
  inkdigit report runs/fast-1                        the run on one page: runs/fast-1/report.html
  inkdigit report runs/fast-1 --data ../fashion --out fashion.html
  inkdigit report mnist-8.onnx --out zoo.html        a model alone, from elsewhere
  inkdigit report runs/fast-1 --tensorboard events   what there is of it in TensorBoard's files
  inkdigit report runs/fast-1 --json | jq .test.reliability.ece";

/// `inkdigit compare --help`
pub(crate) const COMPARE: &str = "\
Examples:
  inkdigit compare runs/lenet-1 runs/lenet-2         what each came to, and what was different
  inkdigit compare runs/* --out compared.html        with the curves of all of them together
  inkdigit compare runs/* --json | jq .differences";
