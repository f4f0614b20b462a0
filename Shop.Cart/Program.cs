using Shop.Cart.Carts;
using Shop.Cart.Checkout;
using Shop.Contracts.Messages;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddCarts();
builder.AddCheckout();
builder.AddPersonalData();
builder.AddMessaging(messages => messages.AddHandler<OrderConfirmed, OrderConfirmedHandler>());
builder.Services.AddValidation(); // here, since its generator looks into the project that calls it
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapApiReference();
app.MapCarts();
app.MapCheckout();
app.Run();
