mod books;
mod clerk;
mod clock;
mod engine;
mod entry;
mod pages;
