using Microsoft.EntityFrameworkCore;
using Shop.Orders.Ordering;
using Shop.Orders.Payment;
using Shop.Orders.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddOrderStorage();
builder.AddOrdering();
builder.AddPayment();
builder.AddMessaging(messages => messages
    .Consume<CheckoutSubmittedConsumer>()
    .RetryAtOnce<DbUpdateConcurrencyException>());
builder.Services.AddOpenApi();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapOpenApi();
app.MapOrders();
app.Run();
