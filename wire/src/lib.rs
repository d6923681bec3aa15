//! `#[derive(Wire)]`: a struct's fields one after the other; an enum as the number of its variant, then the
//! variant's fields. What reading does with damaged bytes is said at the trait, `azflow::model::wire::Wire`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, GenericParam, Ident, Member};

/// Implements `Wire` for a struct or an enum.
#[proc_macro_derive(Wire)]
pub fn derive(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    written(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn written(input: &DeriveInput) -> syn::Result<TokenStream> {
    if let Some(GenericParam::Lifetime(_)) = input.generics.params.first() {
        return Err(syn::Error::new_spanned(&input.generics, "a message owns what it says"));
    }
    let name = &input.ident;
    let (put, get) = match &input.data {
        Data::Struct(data) => {
            let (taken, put, get) = fields(&data.fields);
            (quote!(let Self #taken = self; #put), quote!(Self #get))
        }
        Data::Enum(data) => {
            let Some(first) = data.variants.first() else {
                return Err(syn::Error::new_spanned(name, "there is nothing to send"));
            };
            let (mut puts, mut gets) = (Vec::new(), Vec::new());
            for (number, variant) in data.variants.iter().enumerate() {
                let number = u8::try_from(number).map_err(|_| {
                    syn::Error::new_spanned(variant, "more variants than a byte can tell apart")
                })?;
                let (variant, (taken, put, get)) = (&variant.ident, fields(&variant.fields));
                puts.push(quote!(Self::#variant #taken => { out.push(#number); #put }));
                gets.push(quote!(#number => Self::#variant #get));
            }
            let (first, (_, _, get)) = (&first.ident, fields(&first.fields));
            (
                quote!(match self { #(#puts)* }),
                quote!(match from.byte() { #(#gets,)* _ => { from.fail(); Self::#first #get } }),
            )
        }
        Data::Union(_) => return Err(syn::Error::new_spanned(name, "a union does not say what it holds")),
    };
    let wire = quote!(::azflow_core::model::wire);
    let mut generics = input.generics.clone();
    for of in generics.type_params_mut() {
        of.bounds.push(syn::parse_quote!(#wire::Wire));
    }
    let (generics, types, bounds) = generics.split_for_impl();
    Ok(quote! {
        impl #generics #wire::Wire for #name #types #bounds {
            fn put(&self, out: &mut ::std::vec::Vec<u8>) { #put }
            fn get(from: &mut #wire::Reader<'_>) -> Self { #get }
        }
    })
}

/// How fields are taken apart, put, and got.
fn fields(fields: &Fields) -> (TokenStream, TokenStream, TokenStream) {
    let members: Vec<Member> = fields.members().collect();
    let names: Vec<Ident> = (0..members.len()).map(|number| format_ident!("field{number}")).collect();
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let wire = quote!(::azflow_core::model::wire::Wire);
    (
        quote!({ #(#members: #names),* }),
        quote!(#(#wire::put(#names, out);)*),
        quote!({ #(#members: <#types as #wire>::get(from)),* }),
    )
}
