//! All parameters of a network in one flat vector, with PyTorch's names.
//!
//! One vector means: one pass for the optimiser, one norm for clipping, one copy for a checkpoint.

use crate::real::Real;
use nalgebra::DMatrixView;
use std::ops::Range;

/// Where one parameter lies; its numbers are column-major `[rows, columns]` (PyTorch's are row-major).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSpec {
    /// PyTorch's state-dict name, such as `lstm.weight_hh_l0`.
    pub name: String,
    /// First dimension.
    pub rows: usize,
    /// Second dimension; 1 for a bias.
    pub columns: usize,
    /// First number.
    pub offset: usize,
    /// How PyTorch writes it.
    pub form: Form,
}

/// How PyTorch writes a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `[rows, columns]`, row-major.
    Matrix,
    /// `[rows]`.
    Vector,
    /// `[columns, rows]`, row-major: the very same numbers in the same order.
    Transposed,
}

impl ParameterSpec {
    /// Whether its name within its module begins like this: `weight_hh` that of `lstm.weight_hh_l0`.
    #[must_use]
    pub fn is(&self, parameter: &str) -> bool {
        self.name.split_once('.').is_some_and(|(_, own)| own.starts_with(parameter))
    }

    /// The numbers of this parameter in the flat vector.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.rows * self.columns
    }

    /// This parameter as a matrix.
    ///
    /// # Panics
    /// When `values` is not the flat vector this specification was made for.
    #[must_use]
    pub fn view<'a, R: Real>(&self, values: &'a [R]) -> DMatrixView<'a, R> {
        DMatrixView::from_slice(&values[self.range()], self.rows, self.columns)
    }

    /// PyTorch's shape.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        match self.form {
            Form::Matrix => vec![self.rows, self.columns],
            Form::Vector => vec![self.rows],
            Form::Transposed => vec![self.columns, self.rows],
        }
    }

    /// This parameter as PyTorch writes it, row-major.
    #[must_use]
    pub fn to_row_major<R: Real>(&self, values: &[R]) -> Vec<R> {
        match self.form {
            Form::Matrix => self.view(values).transpose().as_slice().to_vec(),
            Form::Vector | Form::Transposed => values[self.range()].to_vec(),
        }
    }

    /// Replaces this parameter by numbers as PyTorch writes them, row-major.
    ///
    /// # Panics
    /// When `row_major` has another length.
    pub fn write_row_major<R: Real>(&self, values: &mut [R], row_major: &[R]) {
        assert_eq!(row_major.len(), self.rows * self.columns, "{}", self.name);
        let target = &mut values[self.range()];
        match self.form {
            Form::Matrix => {
                for (row, source) in row_major.chunks_exact(self.columns.max(1)).enumerate() {
                    for (column, &value) in source.iter().enumerate() {
                        target[column * self.rows + row] = value;
                    }
                }
            }
            Form::Vector | Form::Transposed => target.copy_from_slice(row_major),
        }
    }
}

/// The list of parameters, growing while a network is put together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParameterList {
    specs: Vec<ParameterSpec>,
    len: usize,
}

impl ParameterList {
    /// Adds a weight `[rows, columns]`; returns its range in the flat vector.
    pub fn matrix(&mut self, name: String, rows: usize, columns: usize) -> Range<usize> {
        self.add(name, rows, columns, Form::Matrix)
    }

    /// Adds a bias `[rows]`; returns its range in the flat vector.
    pub fn vector(&mut self, name: String, rows: usize) -> Range<usize> {
        self.add(name, rows, 1, Form::Vector)
    }

    /// Adds a weight that PyTorch shapes `[columns, rows]`; returns its range in the flat vector.
    pub fn transposed(&mut self, name: String, columns: usize, rows: usize) -> Range<usize> {
        self.add(name, rows, columns, Form::Transposed)
    }

    fn add(&mut self, name: String, rows: usize, columns: usize, form: Form) -> Range<usize> {
        let spec = ParameterSpec { name, rows, columns, offset: self.len, form };
        self.len += rows * columns;
        let range = spec.range();
        self.specs.push(spec);
        range
    }

    /// Total number of scalars.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no parameter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The parameters in the order of the flat vector.
    #[must_use]
    pub fn specs(&self) -> &[ParameterSpec] {
        &self.specs
    }

    /// The parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ParameterSpec> {
        self.specs.iter().find(|spec| spec.name == name)
    }
}
